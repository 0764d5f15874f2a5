{{- define "shop.job" -}}
restartPolicy: Never
containers: #~ missing-image-pull-secrets
  - name: job
    image: registry.acme.internal/shop/{{ .name }}:{{ .root.Chart.Version }}
    args: {{ .root.Values.args | toJson }}
{{- end }}
