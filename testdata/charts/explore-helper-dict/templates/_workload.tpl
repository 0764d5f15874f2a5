{{- define "shop.workload" -}}
{{- if .config.enabled }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .root.Release.Name }}-{{ .name }}
spec:
  replicas: {{ .config.replicas }}
  selector:
    matchLabels:
      app: {{ .name }}
  template:
    metadata:
      labels:
        app: {{ .name }}
    spec:
      containers: #~ missing-image-pull-secrets
        - name: {{ .name }}
          image: registry.acme.internal/shop/{{ .name }}:{{ .root.Chart.AppVersion }}
{{- end }}
{{- end -}}
