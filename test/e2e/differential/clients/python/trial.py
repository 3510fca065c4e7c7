"""Tries a Kubernetes API server with the library `kubernetes`, and prints what it saw: one JSON object a line, of a step and a value.

python trial.py NAMESPACE     (the server is that of KUBECONFIG)
"""

import json
import sys

from kubernetes import client, config, dynamic, utils, watch
from kubernetes.client.rest import ApiException

namespace = sys.argv[1]
config.load_kube_config()
api = client.ApiClient()
core = client.CoreV1Api(api)
apps = client.AppsV1Api(api)


def see(step, act):
    try:
        value = api.sanitize_for_serialization(act())
    except ApiException as error:
        value = {"status": error.status, "reason": error.reason, "body": json.loads(error.body)}
    print(json.dumps({"step": step, "value": value}), flush=True)
    return value


def config_map(name, labels=None):
    return client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name, labels=labels), data={"color": "blue"})


def deployment(name):
    labels = {"app": name}
    template = client.V1PodTemplateSpec(
        metadata=client.V1ObjectMeta(labels=labels),
        spec=client.V1PodSpec(containers=[client.V1Container(name="main", image="nginx:1.25")]),
    )
    spec = client.V1DeploymentSpec(replicas=2, selector=client.V1LabelSelector(match_labels=labels), template=template)
    return client.V1Deployment(metadata=client.V1ObjectMeta(name=name), spec=spec)


def watched():
    seen = []
    version = core.list_namespaced_config_map(namespace).metadata.resource_version
    core.create_namespaced_config_map(namespace, config_map("watched"))
    core.patch_namespaced_config_map("watched", namespace, {"data": {"color": "red"}})
    core.delete_namespaced_config_map("watched", namespace)
    stream = watch.Watch().stream(
        core.list_namespaced_config_map, namespace, resource_version=version, timeout_seconds=3,
        field_selector="metadata.name=watched",
    )
    for event in stream:
        seen.append([event["type"], event["object"].data])
    return seen


def pages():
    names, token = [], None
    while True:
        page = core.list_namespaced_config_map(namespace, limit=2, label_selector="page", _continue=token)
        names += [item.metadata.name for item in page.items]
        token = page.metadata._continue
        if not token:
            return names


see("version", lambda: [getattr(client.VersionApi(api).get_code(), field) for field in ("major", "minor")])
see("groups", lambda: sorted(g.name for g in client.ApisApi(api).get_api_versions().groups if g.name != "federation"))
see("resources", lambda: sorted(r.name for r in apps.get_api_resources().resources))
see("create", lambda: core.create_namespaced_config_map(namespace, config_map("a")))
see("create again", lambda: core.create_namespaced_config_map(namespace, config_map("a")))
see("read", lambda: core.read_namespaced_config_map("a", namespace))
see("read what is not there", lambda: core.read_namespaced_config_map("none", namespace))
see("patch", lambda: core.patch_namespaced_config_map("a", namespace, {"data": {"size": "large"}}))
see("patch by JSON patch", lambda: core.patch_namespaced_config_map("a", namespace, [{"op": "remove", "path": "/data/size"}]))
see("replace", lambda: core.replace_namespaced_config_map("a", namespace, config_map("a", {"new": "yes"})))
see("dry run", lambda: core.create_namespaced_config_map(namespace, config_map("dry"), dry_run="All"))
see("a wrong name", lambda: core.create_namespaced_config_map(namespace, config_map("Wrong_Name")))
see("watch", watched)
for number in range(5):
    see("create for pages", lambda: core.create_namespaced_config_map(namespace, config_map(f"page-{number}", {"page": "yes"})).metadata.name)
see("list in pages", pages)
see("delete a collection", lambda: core.delete_collection_namespaced_config_map(namespace, label_selector="page").kind)
see("create a deployment", lambda: apps.create_namespaced_deployment(namespace, deployment("web")))
see("scale", lambda: apps.patch_namespaced_deployment_scale("web", namespace, {"spec": {"replicas": 4}}))
see("read scale", lambda: apps.read_namespaced_deployment_scale("web", namespace))
see("status", lambda: apps.patch_namespaced_deployment_status("web", namespace, {"status": {"replicas": 3}}))
see("a wrong deployment", lambda: apps.create_namespaced_deployment(namespace, deployment("Wrong_Name")))
see("a service", lambda: core.create_namespaced_service(namespace, client.V1Service(
    metadata=client.V1ObjectMeta(name="web"), spec=client.V1ServiceSpec(ports=[client.V1ServicePort(port=80)]))))
see("token", lambda: core.create_namespaced_service_account_token("default", namespace, {"spec": {"expirationSeconds": 3600}}).spec)
see("may I", lambda: client.AuthorizationV1Api(api).create_self_subject_access_review(
    {"spec": {"resourceAttributes": {"verb": "get", "resource": "pods"}}}))
see("logs of no pod", lambda: core.read_namespaced_pod_log("none", namespace))
see("from a dictionary", lambda: [o.metadata.name for o in utils.create_from_dict(
    api, {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"a": "b"}}, namespace=namespace)])

resources = dynamic.DynamicClient(api).resources.get(api_version="apps/v1", kind="Deployment")
body = {"apiVersion": "apps/v1", "kind": "Deployment", **api.sanitize_for_serialization(deployment("dynamic"))}
see("dynamic: create", lambda: resources.create(body=body, namespace=namespace).to_dict())
see("dynamic: apply", lambda: resources.server_side_apply(
    body=body, name="dynamic", namespace=namespace, field_manager="trial").to_dict())
see("dynamic: list", lambda: sorted(item.metadata.name for item in resources.get(namespace=namespace).items))
see("dynamic: delete", lambda: resources.delete(name="dynamic", namespace=namespace).to_dict()["status"])
see("delete", lambda: core.delete_namespaced_config_map("a", namespace))
see("delete in the foreground", lambda: apps.delete_namespaced_deployment("web", namespace, propagation_policy="Foreground"))
