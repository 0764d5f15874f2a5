{{- define "shop.pod" -}}
containers: #~ missing-image-pull-secrets
  - name: {{ .name }}
    image: registry.acme.internal/shop/{{ .name }}:4.5
{{- end -}}
