//! What the cluster is taken to offer.

/// Kubernetes version, API versions and Helm itself, as `.Capabilities` shows them.
#[derive(Clone, Debug)]
pub struct Capabilities {
    /// `.Capabilities.KubeVersion.Version`, with its `v`.
    pub kube_version: String,
    /// `.Capabilities.KubeVersion.Major`
    pub kube_major: String,
    /// `.Capabilities.KubeVersion.Minor`
    pub kube_minor: String,
    /// `.Capabilities.APIVersions`
    pub api_versions: Vec<String>,
}

/// `.Capabilities.HelmVersion.Version` of the Helm that this engine follows.
pub const HELM_VERSION: &str = "v4.3";

/// Go version that `.Capabilities.HelmVersion.GoVersion` shows.
pub const GO_VERSION: &str = "go1.26.8";

/// `.Capabilities.HelmVersion.KubeClientVersion`
pub const KUBE_CLIENT_VERSION: &str = "v1.37";

impl Default for Capabilities {
    /// What `helm template` of Helm 4.3 takes without a cluster (`pkg/chart/common/capabilities.go`).
    fn default() -> Self {
        Self {
            kube_version: "v1.37.0".to_owned(),
            kube_major: "1".to_owned(),
            kube_minor: "37".to_owned(),
            api_versions: API_VERSIONS.iter().map(|version| (*version).to_owned()).collect(),
        }
    }
}

/// The groups and versions that client-go 0.37 and apiextensions register.
const API_VERSIONS: &[&str] = &[
    "v1",
    "admissionregistration.k8s.io/v1",
    "admissionregistration.k8s.io/v1alpha1",
    "admissionregistration.k8s.io/v1beta1",
    "internal.apiserver.k8s.io/v1alpha1",
    "apps/v1",
    "apps/v1beta1",
    "apps/v1beta2",
    "authentication.k8s.io/v1",
    "authentication.k8s.io/v1alpha1",
    "authentication.k8s.io/v1beta1",
    "authorization.k8s.io/v1",
    "authorization.k8s.io/v1beta1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "batch/v1beta1",
    "certificates.k8s.io/v1",
    "certificates.k8s.io/v1beta1",
    "certificates.k8s.io/v1alpha1",
    "coordination.k8s.io/v1alpha2",
    "coordination.k8s.io/v1beta1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "discovery.k8s.io/v1beta1",
    "events.k8s.io/v1",
    "events.k8s.io/v1beta1",
    "extensions/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1beta2",
    "flowcontrol.apiserver.k8s.io/v1beta3",
    "lifecycle.k8s.io/v1alpha1",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1beta1",
    "node.k8s.io/v1",
    "node.k8s.io/v1alpha1",
    "node.k8s.io/v1beta1",
    "policy/v1",
    "policy/v1beta1",
    "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1alpha1",
    "resource.k8s.io/v1",
    "resource.k8s.io/v1beta2",
    "resource.k8s.io/v1beta1",
    "resource.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1beta1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1beta1",
    "storage.k8s.io/v1",
    "storage.k8s.io/v1alpha1",
    "storagemigration.k8s.io/v1",
    "storagemigration.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1",
];
