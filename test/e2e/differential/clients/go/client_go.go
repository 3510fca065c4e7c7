package main

import (
	"context"
	"fmt"
	"sort"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/tools/pager"
	"k8s.io/client-go/util/retry"

	"k8s.io/apimachinery/pkg/runtime"
)

var (
	deploymentResource = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	configMapResource  = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
)

func configMap(name string, labels map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels},
		Data:       map[string]string{"color": "blue"},
	}
}

func deployment(name string) *appsv1.Deployment {
	labels := map[string]string{"app": name}
	replicas := int32(2)
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "nginx:1.25"}}},
			},
		},
	}
}

func clientGo(t trial) {
	clients := kubernetes.NewForConfigOrDie(t.config)
	typed(t, clients)
	dynamically(t)
	extracted(t, clients)
	informed(t, clients)
	elected(t, clients)
}

// typed goes through the verbs; these clients send and take protobuf.
func typed(t trial, clients *kubernetes.Clientset) {
	version, err := clients.Discovery().ServerVersion()
	see("version", version.Major+"."+version.Minor, err)
	groups, err := clients.Discovery().ServerGroups()
	names := []string{}
	for _, group := range groups.Groups {
		if group.Name != "federation" {
			names = append(names, group.Name)
		}
	}
	sort.Strings(names)
	see("groups", names, err)

	maps := clients.CoreV1().ConfigMaps(t.namespace)
	made, err := maps.Create(t.ctx, configMap("a", nil), metav1.CreateOptions{FieldManager: "trial"})
	see("create", made, err)
	_, err = maps.Create(t.ctx, configMap("a", nil), metav1.CreateOptions{})
	see("create again", nil, err)
	_, err = maps.Get(t.ctx, "none", metav1.GetOptions{})
	see("get what is not there", nil, err)
	stale := made.DeepCopy()
	made.Data["color"] = "green"
	made, err = maps.Update(t.ctx, made, metav1.UpdateOptions{})
	see("update", made, err)
	_, err = maps.Update(t.ctx, stale, metav1.UpdateOptions{})
	see("update a stale object", nil, err)
	err = retry.RetryOnConflict(retry.DefaultRetry, func() error {
		fresh, err := maps.Get(t.ctx, "a", metav1.GetOptions{})
		if err != nil {
			return err
		}
		fresh.Data["size"] = "large"
		_, err = maps.Update(t.ctx, fresh, metav1.UpdateOptions{})
		return err
	})
	see("retry on conflict", "done", err)
	for kind, patch := range map[types.PatchType]string{types.MergePatchType: `{"data":{"size":null}}`} {
		patched, err := maps.Patch(t.ctx, "a", kind, []byte(patch), metav1.PatchOptions{})
		see("patch "+string(kind), patched, err)
	}
	applied, err := maps.Apply(t.ctx, applycorev1.ConfigMap("a", t.namespace).WithData(map[string]string{"shape": "round"}),
		metav1.ApplyOptions{FieldManager: "applier", Force: true})
	see("apply", applied, err)

	apps := clients.AppsV1().Deployments(t.namespace)
	web, err := apps.Create(t.ctx, deployment("web"), metav1.CreateOptions{})
	see("create a deployment", web, err)
	scale, err := apps.GetScale(t.ctx, "web", metav1.GetOptions{})
	see("get scale", scale, err)
	scale.Spec.Replicas = 4
	scale, err = apps.UpdateScale(t.ctx, "web", scale, metav1.UpdateOptions{})
	see("update scale", scale, err)
	web, err = apps.Get(t.ctx, "web", metav1.GetOptions{})
	see("get the deployment", web, err)
	web.Status.Replicas = 3
	web, err = apps.UpdateStatus(t.ctx, web, metav1.UpdateOptions{})
	see("update status", web.Status, err)
	wrong := deployment("Wrong_Name")
	wrong.Spec.Selector.MatchLabels = map[string]string{"app": "other"}
	_, err = apps.Create(t.ctx, wrong, metav1.CreateOptions{})
	see("create a wrong deployment", nil, err)

	for i := range 7 {
		_, err = maps.Create(t.ctx, configMap(fmt.Sprintf("page-%d", i), map[string]string{"page": "yes"}), metav1.CreateOptions{})
		see("create for pages", i, err)
	}
	pages := pager.New(func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		return maps.List(ctx, options)
	})
	pages.PageSize = 3
	listed := []string{}
	err = pages.EachListItem(t.ctx, metav1.ListOptions{LabelSelector: "page"}, func(object runtime.Object) error {
		listed = append(listed, object.(*corev1.ConfigMap).Name)
		return nil
	})
	see("list in pages", listed, err)
	err = maps.DeleteCollection(t.ctx, metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "page"})
	see("delete a collection", "done", err)
	left, err := maps.List(t.ctx, metav1.ListOptions{FieldSelector: "metadata.name!=kube-root-ca.crt"})
	see("what is left", len(left.Items), err)

	hour := int64(3600)
	token, err := clients.CoreV1().ServiceAccounts(t.namespace).CreateToken(t.ctx, "default",
		&authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &hour}}, metav1.CreateOptions{})
	see("request a token", token.Spec.Audiences, err)
	review, err := clients.AuthenticationV1().TokenReviews().Create(t.ctx,
		&authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: token.Status.Token}}, metav1.CreateOptions{})
	see("review it", map[string]any{"user": review.Status.User.Username, "groups": review.Status.User.Groups}, err)
	_, err = clients.CoreV1().Pods(t.namespace).GetLogs("none", &corev1.PodLogOptions{}).DoRaw(t.ctx)
	see("logs of no pod", nil, err)
	err = apps.Delete(t.ctx, "web", metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions("none")})
	see("delete another's", nil, err)
}

func dynamically(t trial) {
	clients := dynamic.NewForConfigOrDie(t.config)
	apps := clients.Resource(deploymentResource).Namespace(t.namespace)
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": map[string]any{"name": "dynamic"},
		"spec": map[string]any{
			"selector": map[string]any{"matchLabels": map[string]any{"app": "d"}},
			"template": map[string]any{
				"metadata": map[string]any{"labels": map[string]any{"app": "d"}},
				"spec":     map[string]any{"containers": []any{map[string]any{"name": "main", "image": "nginx"}}},
			},
		},
	}}
	made, err := apps.Create(t.ctx, object, metav1.CreateOptions{})
	see("dynamic: create", made, err)
	patched, err := apps.Patch(t.ctx, "dynamic", types.JSONPatchType, []byte(`[{"op":"replace","path":"/spec/replicas","value":5}]`), metav1.PatchOptions{})
	see("dynamic: patch", patched, err)
	applied, err := apps.Apply(t.ctx, "dynamic", object, metav1.ApplyOptions{FieldManager: "trial"})
	see("dynamic: apply", applied, err)
	none, err := clients.Resource(schema.GroupVersionResource{Group: "example.test", Version: "v1", Resource: "widgets"}).List(t.ctx, metav1.ListOptions{})
	see("dynamic: list what nobody knows", none, err)
	partial, err := metadata.NewForConfigOrDie(t.config).Resource(deploymentResource).Namespace(t.namespace).Get(t.ctx, "dynamic", metav1.GetOptions{})
	see("metadata", partial, err)

	factory := dynamicinformer.NewFilteredDynamicSharedInformerFactory(clients, 0, t.namespace, nil)
	informer := factory.ForResource(deploymentResource)
	factory.Start(t.ctx.Done())
	see("dynamic: informer synced", len(factory.WaitForCacheSync(t.ctx.Done())), nil)
	objects := informer.Informer().GetStore().ListKeys()
	sort.Strings(objects)
	see("dynamic: informer has", objects, nil)
}

// informed follows ConfigMaps while they are made, changed and deleted.
func informed(t trial, clients *kubernetes.Clientset) {
	ctx, cancel := context.WithCancel(t.ctx)
	defer cancel()
	factory := informers.NewSharedInformerFactoryWithOptions(clients, 0, informers.WithNamespace(t.namespace),
		informers.WithTweakListOptions(func(options *metav1.ListOptions) { options.LabelSelector = "informed" }))
	var mutex sync.Mutex
	events := []string{}
	add := func(what string, object any) {
		mutex.Lock()
		defer mutex.Unlock()
		if tombstone, ok := object.(cache.DeletedFinalStateUnknown); ok {
			object = tombstone.Obj
		}
		events = append(events, what+" "+object.(*corev1.ConfigMap).Name+" "+object.(*corev1.ConfigMap).Data["color"])
	}
	count := func() int {
		mutex.Lock()
		defer mutex.Unlock()
		return len(events)
	}
	informer := factory.Core().V1().ConfigMaps().Informer()
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { add("added", object) },
		UpdateFunc: func(_, object any) { add("updated", object) },
		DeleteFunc: func(object any) { add("deleted", object) },
	})
	see("informer", "handler", err)
	factory.Start(ctx.Done())
	see("informer synced", cache.WaitForCacheSync(ctx.Done(), informer.HasSynced), nil)
	maps := clients.CoreV1().ConfigMaps(t.namespace)
	made, err := maps.Create(ctx, configMap("seen", map[string]string{"informed": "yes"}), metav1.CreateOptions{})
	see("informer: create", made.Name, err)
	await(ctx, func() bool { return count() == 1 })
	made.Data["color"] = "red"
	_, err = maps.Update(ctx, made, metav1.UpdateOptions{})
	see("informer: update", made.Name, err)
	await(ctx, func() bool { return count() == 2 })
	// Out of the selector: gone, as far as this informer sees.
	_, err = maps.Patch(ctx, "seen", types.MergePatchType, []byte(`{"metadata":{"labels":null}}`), metav1.PatchOptions{})
	see("informer: unlabel", made.Name, err)
	await(ctx, func() bool { return count() == 3 })
	mutex.Lock()
	see("informer: events", events, nil)
	mutex.Unlock()
}

func await(ctx context.Context, done func() bool) {
	deadline := time.Now().Add(10 * time.Second)
	for !done() && ctx.Err() == nil && time.Now().Before(deadline) {
		time.Sleep(20 * time.Millisecond)
	}
}

// elected lets one of two candidates lead, and the other follow when it lets go.
func elected(t trial, clients *kubernetes.Clientset) {
	leaders := make(chan string, 4)
	candidate := func(ctx context.Context, name string) {
		leaderelection.RunOrDie(ctx, leaderelection.LeaderElectionConfig{
			Lock: &resourcelock.LeaseLock{
				LeaseMeta:  metav1.ObjectMeta{Name: "lead", Namespace: t.namespace},
				Client:     clients.CoordinationV1(),
				LockConfig: resourcelock.ResourceLockConfig{Identity: name},
			},
			LeaseDuration: 2 * time.Second, RenewDeadline: time.Second, RetryPeriod: 200 * time.Millisecond,
			ReleaseOnCancel: true,
			Callbacks: leaderelection.LeaderCallbacks{
				OnStartedLeading: func(ctx context.Context) { leaders <- name; <-ctx.Done() },
				OnStoppedLeading: func() {},
			},
		})
	}
	first, leave := context.WithCancel(t.ctx)
	second, stop := context.WithCancel(t.ctx)
	defer stop()
	go candidate(first, "one")
	see("leader", <-leaders, nil)
	go candidate(second, "two")
	time.Sleep(500 * time.Millisecond)
	leave()
	see("next leader", <-leaders, nil)
	lease, err := clients.CoordinationV1().Leases(t.namespace).Get(t.ctx, "lead", metav1.GetOptions{})
	see("lease", lease.Spec.LeaseTransitions, err)
}
