import { describe, expect, test } from 'vitest'
import { parseRequestInfo } from './request-info.ts'

describe('parseRequestInfo', () => {
  test.each([
    ['GET', '/api/v1/namespaces/a/pods/b', 'get', '', 'pods', 'a', 'b', ''],
    ['GET', '/api/v1/namespaces/a/pods', 'list', '', 'pods', 'a', '', ''],
    ['GET', '/api/v1/pods?watch=true', 'watch', '', 'pods', '', '', ''],
    ['GET', '/api/v1/pods?watch=false', 'list', '', 'pods', '', '', ''],
    ['GET', '/api/v1/pods?watch=0', 'list', '', 'pods', '', '', ''],
    ['GET', '/api/v1/pods?watch=False', 'list', '', 'pods', '', '', ''],
    ['GET', '/api/v1/pods?watch=%zz', 'list', '', 'pods', '', '', ''],
    ['GET', '/api/v1/pods?watch=1;x=2', 'list', '', 'pods', '', '', ''],
    ['GET', '/api/v1/namespaces/a%2Fpods', 'list', '', 'pods', 'a', '', ''],
    ['GET', '/api/v1/namespaces/a/pods/b?watch=1', 'get', '', 'pods', 'a', 'b', ''],
    ['GET', '/api/v1/watch/namespaces/a/pods', 'watch', '', 'pods', 'a', '', ''],
    [
      'POST',
      '/apis/apps/v1/namespaces/a/deployments',
      'create',
      'apps',
      'deployments',
      'a',
      '',
      '',
    ],
    [
      'PUT',
      '/apis/apps/v1/namespaces/a/deployments/d/scale',
      'update',
      'apps',
      'deployments',
      'a',
      'd',
      'scale',
    ],
    ['PATCH', '/api/v1/nodes/n/status', 'patch', '', 'nodes', '', 'n', 'status'],
    ['DELETE', '/api/v1/namespaces/a/pods', 'deletecollection', '', 'pods', 'a', '', ''],
    ['DELETE', '/api/v1/namespaces/a', 'delete', '', 'namespaces', 'a', 'a', ''],
    ['GET', '/api/v1/namespaces', 'list', '', 'namespaces', '', '', ''],
    ['PUT', '/api/v1/namespaces/a/finalize', 'update', '', 'namespaces', 'a', 'a', 'finalize'],
    ['GET', '/api/v1/pods?fieldSelector=metadata.name%3Dx', 'list', '', 'pods', '', 'x', ''],
    ['GET', '/api/v1/pods?fieldSelector=metadata.name%21%3Dx', 'list', '', 'pods', '', '', ''],
    [
      'GET',
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode',
      'get',
      'rbac.authorization.k8s.io',
      'clusterroles',
      '',
      'system:node',
      '',
    ],
    ['OPTIONS', '/api/v1/pods', 'options', '', 'pods', '', '', ''],
  ])('%s %s', (method, url, verb, group, resource, namespace, name, subresource) => {
    expect(parseRequestInfo(method, url)).toMatchObject({
      resourceRequest: true,
      verb,
      group,
      version: 'v1',
      resource,
      namespace,
      name,
      subresource,
    })
  })

  test.each([
    ['GET', '/', 'get', '/'],
    ['GET', '/healthz?verbose', 'get', '/healthz'],
    ['GET', '/api', 'get', '/api'],
    ['GET', '/api/v1', 'get', '/api/v1'],
    ['GET', '/apis/apps', 'get', '/apis/apps'],
    ['GET', '/apis/apps/v1/', 'get', '/apis/apps/v1/'],
    ['POST', '/openapi/v2', 'post', '/openapi/v2'],
  ])('%s %s is no resource request', (method, url, verb, path) => {
    expect(parseRequestInfo(method, url)).toMatchObject({ resourceRequest: false, verb, path })
  })
})
