{{- define "pull-secrets-help.pod" -}}
metadata:
  labels:
    shards: {{ len .root.Values.shards | quote }}
spec:
  containers: #~ missing-image-pull-secrets
    - name: main
      image: {{ .image }}
{{- end }}
