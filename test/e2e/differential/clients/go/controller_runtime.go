package main

import (
	"context"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

const finalizer = "example.test/hold"

// controllerRuntime runs a manager with one controller: each ConfigMap labelled `deploys` has a Deployment of the same name, and is held by
// a finalizer.
func controllerRuntime(t trial) {
	ctrl.SetLogger(zap.New(zap.WriteTo(discard{})))
	manager, err := ctrl.NewManager(t.config, ctrl.Options{
		Scheme:                  scheme.Scheme,
		Metrics:                 server.Options{BindAddress: "0"},
		Cache:                   cache.Options{DefaultNamespaces: map[string]cache.Config{t.namespace: {}}},
		LeaderElection:          true,
		LeaderElectionID:        "trial",
		LeaderElectionNamespace: t.namespace,
	})
	see("manager", "made", err)
	clients := manager.GetClient()
	err = ctrl.NewControllerManagedBy(manager).For(&corev1.ConfigMap{}).Owns(&appsv1.Deployment{}).
		Complete(reconcile.Func(func(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
			return reconcile.Result{}, deploys(ctx, clients, request)
		}))
	see("controller", "made", err)
	ctx, stop := context.WithCancel(t.ctx)
	ended := make(chan error)
	go func() { ended <- manager.Start(ctx) }()
	<-manager.Elected()
	see("elected", true, nil)

	object := configMap("deploys", map[string]string{"deploys": "yes"})
	object.Namespace = t.namespace
	see("create", "done", clients.Create(t.ctx, object))
	key := client.ObjectKeyFromObject(object)
	live := manager.GetAPIReader()
	web := &appsv1.Deployment{}
	await(ctx, func() bool { return live.Get(t.ctx, key, web) == nil && *web.Spec.Replicas == 1 })
	see("its deployment", web, nil)
	see("the object", object, live.Get(t.ctx, key, object))

	patch := client.MergeFromWithOptions(object.DeepCopy(), client.MergeFromWithOptimisticLock{})
	object.Data["replicas"] = "3"
	see("patch", "done", clients.Patch(t.ctx, object, patch))
	await(ctx, func() bool { return live.Get(t.ctx, key, web) == nil && *web.Spec.Replicas == 3 })
	see("its deployment, scaled", web.Spec.Replicas, nil)
	web.Status.Replicas = 3
	see("status", "done", clients.Status().Update(t.ctx, web))
	see("delete the deployment", "done", clients.Delete(t.ctx, web))
	uid := web.UID
	await(ctx, func() bool { return live.Get(t.ctx, key, web) == nil && web.UID != uid })
	see("it is made again", web.UID != uid, nil)

	see("delete", "done", clients.Delete(t.ctx, object))
	await(ctx, func() bool {
		return client.IgnoreNotFound(live.Get(t.ctx, key, object)) == nil && live.Get(t.ctx, key, object) != nil
	})
	see("after its finalizer", nil, live.Get(t.ctx, key, object))
	list := &corev1.ConfigMapList{}
	see("list", "done", clients.List(t.ctx, list, client.InNamespace(t.namespace), client.MatchingLabels{"deploys": "yes"}))
	see("listed", len(list.Items), nil)
	see("dry run", "done", clients.Create(t.ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "dry", Namespace: t.namespace}}, client.DryRunAll))
	stop()
	see("ended", "done", <-ended)
}

func deploys(ctx context.Context, clients client.Client, request reconcile.Request) error {
	object := &corev1.ConfigMap{}
	if err := clients.Get(ctx, request.NamespacedName, object); err != nil {
		return client.IgnoreNotFound(err)
	}
	if object.Labels["deploys"] == "" {
		return nil
	}
	if !object.DeletionTimestamp.IsZero() {
		if controllerutil.RemoveFinalizer(object, finalizer) {
			return clients.Update(ctx, object)
		}
		return nil
	}
	if controllerutil.AddFinalizer(object, finalizer) {
		if err := clients.Update(ctx, object); err != nil {
			return err
		}
	}
	wanted := deployment(object.Name)
	web := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: object.Name, Namespace: object.Namespace}}
	_, err := controllerutil.CreateOrUpdate(ctx, clients, web, func() error {
		replicas := int32(1)
		if object.Data["replicas"] != "" {
			replicas = 3
		}
		if web.CreationTimestamp.IsZero() {
			web.Spec = wanted.Spec
		}
		web.Spec.Replicas = &replicas
		return controllerutil.SetControllerReference(object, web, clients.Scheme())
	})
	return err
}

type discard struct{}

func (discard) Write(bytes []byte) (int, error) { return len(bytes), nil }
