package main

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	applyappsv1 "k8s.io/client-go/applyconfigurations/apps/v1"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	applymetav1 "k8s.io/client-go/applyconfigurations/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// extracted reads what each manager owns out of an object, and applies it again with a change.
func extracted(t trial, clients *kubernetes.Clientset) {
	apps := clients.AppsV1().Deployments(t.namespace)
	labels := map[string]string{"app": "extracted"}
	container := applycorev1.Container().WithName("main").WithImage("nginx").
		WithPorts(applycorev1.ContainerPort().WithContainerPort(80))
	configuration := applyappsv1.Deployment("extracted", t.namespace).WithSpec(applyappsv1.DeploymentSpec().WithReplicas(2).
		WithSelector(applymetav1.LabelSelector().WithMatchLabels(labels)).
		WithTemplate(applycorev1.PodTemplateSpec().WithLabels(labels).WithSpec(applycorev1.PodSpec().WithContainers(container))))
	applied, err := apps.Apply(t.ctx, configuration, metav1.ApplyOptions{FieldManager: "one"})
	see("extract: apply", applied, err)
	patch := `{"spec":{"replicas":5,"template":{"spec":{"containers":[{"name":"side","image":"side"}]}}}}`
	live, err := apps.Patch(t.ctx, "extracted", types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{FieldManager: "two"})
	see("extract: patch", live, err)
	for _, manager := range []string{"one", "two", "none"} {
		owned, err := applyappsv1.ExtractDeployment(live, manager)
		see("extract: of "+manager, owned, err)
	}
	owned, err := applyappsv1.ExtractDeployment(live, "one")
	see("extract: again", "done", err)
	owned.Spec.WithReplicas(7)
	for _, force := range []bool{false, true} {
		applied, err = apps.Apply(t.ctx, owned, metav1.ApplyOptions{FieldManager: "one", Force: force})
		see("extract: apply again", applied, err)
	}
	status := applyappsv1.Deployment("extracted", t.namespace).WithStatus(applyappsv1.DeploymentStatus().WithReplicas(3))
	applied, err = apps.ApplyStatus(t.ctx, status, metav1.ApplyOptions{FieldManager: "three"})
	see("extract: apply status", applied, err)
	owned, err = applyappsv1.ExtractDeploymentStatus(applied, "three")
	see("extract: status of three", owned, err)
}
