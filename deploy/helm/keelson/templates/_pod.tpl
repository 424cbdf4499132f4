{{/* What the pods of all components have in common. */}}
{{- define "keelson.podSecurity" -}}
automountServiceAccountToken: false
# Otherwise every service of the namespace adds variables, and one called "redis" would set REDIS_PORT.
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ int .Values.runAsId }}
  runAsGroup: {{ int .Values.runAsId }}
  fsGroup: {{ int .Values.runAsId }}
  seccompProfile:
    type: RuntimeDefault
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: tmp
    emptyDir:
      sizeLimit: 64Mi
  {{- with .Values.ca }}
  {{- if or .configMap .secret }}
  - name: ca
    {{- if .configMap }}
    configMap:
      name: {{ .configMap }}
    {{- else }}
    secret:
      secretName: {{ .secret }}
    {{- end }}
      # A key that is missing keeps the pod from starting; Node would go on without it.
      items: [{ key: {{ .key | quote }}, path: ca.crt }]
  {{- end }}
  {{- end }}
{{- end }}

{{/* Certificates of authorities that Node trusts beside its own: for PostgreSQL, Redis, SMTP and every https. */}}
{{- define "keelson.trust" -}}
{{- if or .Values.ca.configMap .Values.ca.secret }}
- { name: NODE_EXTRA_CA_CERTS, value: /etc/keelson/ca/ca.crt }
{{- end }}
{{- end }}

{{- define "keelson.containerSecurity" -}}
image: {{ include "keelson.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  capabilities:
    drop: [ALL]
volumeMounts:
  - name: tmp
    mountPath: /tmp
  {{- if or .Values.ca.configMap .Values.ca.secret }}
  - name: ca
    mountPath: /etc/keelson/ca
    readOnly: true
  {{- end }}
{{- end }}

{{/* Variables that hold a secret, one by one: a key that is missing keeps the pod from starting, and is named. */}}
{{- define "keelson.secretEnv" -}}
{{- range .Values.secrets.required }}
- name: {{ . }}
  valueFrom:
    secretKeyRef: { name: {{ $.Values.secrets.existingSecret }}, key: {{ . }} }
{{- end }}
{{- range .Values.secrets.optional }}
{{- if not (has . $.Values.secrets.required) }}
- name: {{ . }}
  valueFrom:
    secretKeyRef: { name: {{ $.Values.secrets.existingSecret }}, key: {{ . }}, optional: true }
{{- end }}
{{- end }}
{{- end }}

{{/* (list $ "api"): what API and worker share above their container. */}}
{{- define "keelson.podSpec" -}}
{{- $root := index . 0 -}}
{{ include "keelson.podSecurity" $root }}
serviceAccountName: {{ include "keelson.fullname" $root }}
# The process ends itself 30 seconds after SIGTERM at the latest; the kubelet must not be faster.
terminationGracePeriodSeconds: {{ int $root.Values.shutdown.gracePeriodSeconds }}
topologySpreadConstraints:
  {{- range $key, $unsatisfiable := dict "kubernetes.io/hostname" $root.Values.spreadOverNodes "topology.kubernetes.io/zone" "ScheduleAnyway" }}
  - topologyKey: {{ $key }}
    maxSkew: 1
    whenUnsatisfiable: {{ $unsatisfiable }}
    # Nodes that take no pod of ours count as empty otherwise, and nothing may be more than one ahead of them.
    nodeTaintsPolicy: Honor
    matchLabelKeys: [pod-template-hash]
    labelSelector:
      matchLabels:
        {{- include "keelson.componentSelector" $ | nindent 8 }}
  {{- end }}
{{- end }}

{{/* (list $ "api"): image, settings and means of a container that serves. */}}
{{- define "keelson.container" -}}
{{- $root := index . 0 -}}
{{- $component := index . 1 -}}
name: {{ $component }}
args: [{{ $component }}]
{{ include "keelson.containerSecurity" $root }}
envFrom:
  - configMapRef:
      name: {{ include "keelson.fullname" $root }}
env:
  - { name: REVISION, value: {{ include "keelson.revision" $root | quote }} }
  {{- include "keelson.trust" $root | nindent 2 }}
  {{- include "keelson.secretEnv" $root | trim | nindent 2 }}
resources:
  {{- toYaml (index $root.Values $component).resources | nindent 2 }}
{{- end }}

{{/* (list $ "api"): metadata of a pod. Another configuration is another pod, another version of the chart is not. */}}
{{- define "keelson.podMetadata" -}}
{{- $root := index . 0 -}}
labels:
  {{- include "keelson.componentSelector" . | nindent 2 }}
annotations:
  checksum/config: {{ include "keelson.settings" $root | sha256sum }}
{{- end }}

{{/* (list $ "api"): how many, and how a new version replaces the old one. */}}
{{- define "keelson.rollout" -}}
{{- $root := index . 0 -}}
{{- $component := index $root.Values (index . 1) -}}
{{- if not $component.autoscaling.enabled }}
replicas: {{ int $component.replicas }}
{{- end }}
revisionHistoryLimit: 3
progressDeadlineSeconds: 300
strategy:
  type: RollingUpdate
  rollingUpdate:
    maxSurge: 1
    maxUnavailable: 0
selector:
  matchLabels:
    {{- include "keelson.componentSelector" . | nindent 4 }}
{{- end }}
