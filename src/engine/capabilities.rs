//! What the cluster is taken to offer.

use crate::template::go_quote;

/// Kubernetes version, API versions and Helm itself, as `.Capabilities` shows them.
#[derive(Clone, Debug)]
pub struct Capabilities {
    /// `.Capabilities.KubeVersion`
    pub kube_version: KubeVersion,
    /// `.Capabilities.APIVersions`
    pub api_versions: Vec<String>,
}

/// A version of Kubernetes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeVersion {
    /// `.Version`, with its `v`: `v1.33.4-gke.1245000`
    pub version: String,
    /// What ranges are compared with, and what is printed of it: `v1.33.4`
    pub normalized: String,
    /// `.Major`
    pub major: String,
    /// `.Minor`
    pub minor: String,
}

impl KubeVersion {
    /// Reads `1.33` or `v1.33.4-gke.1245000` as `--kube-version` does (`ParseKubeVersion` in
    /// `pkg/chart/common/capabilities.go`, `ParseGeneric` in apimachinery).
    ///
    /// # Errors
    ///
    /// Helm's message, behind its `invalid kube version '…': `.
    pub fn parse(text: &str) -> Result<Self, String> {
        let start = text.trim_start_matches([' ', '\t', '\u{c}', '\r', '\n']);
        let start = start.strip_prefix('v').unwrap_or(start);
        let end = start.find(|c: char| c != '.' && !c.is_ascii_digit()).unwrap_or(start.len());
        let dotted = start.get(..end).unwrap_or_default();
        // A dot with no digit behind it belongs to what follows.
        let numbers = dotted.find("..").and_then(|at| dotted.get(..at)).unwrap_or(dotted);
        let numbers = numbers.trim_end_matches('.');
        if numbers.is_empty() || numbers.starts_with('.') {
            return Err(format!("could not parse {} as version", go_quote(text)));
        }
        let components: Vec<&str> = numbers.split('.').collect();
        let [major, _, ..] = components.as_slice() else {
            return Err(format!("illegal version string {}", go_quote(text)));
        };
        if major.starts_with('0') && *major != "0" {
            return Err(format!(
                "illegal zero-prefixed version component {} in {}",
                go_quote(major),
                go_quote(text)
            ));
        }
        let mut plain = Vec::with_capacity(components.len());
        for component in &components {
            let number: u64 = component.parse().map_err(|_| {
                format!(
                    "illegal non-numeric version component {0} in {1}: strconv.ParseUint: parsing {0}: value out of range",
                    go_quote(component),
                    go_quote(text)
                )
            })?;
            plain.push(number.to_string());
        }
        Ok(Self {
            version: if text.starts_with('v') { text.to_owned() } else { format!("v{text}") },
            normalized: format!("v{}", plain.join(".")),
            major: plain.first().cloned().unwrap_or_default(),
            minor: plain.get(1).cloned().unwrap_or_default(),
        })
    }
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
            kube_version: KubeVersion {
                version: "v1.37.0".to_owned(),
                normalized: "v1.37.0".to_owned(),
                major: "1".to_owned(),
                minor: "37".to_owned(),
            },
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

#[cfg(test)]
mod tests {
    use super::*;

    /// `expected` is version, normalized, major and minor, or the error.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let shown = match KubeVersion::parse(text) {
            Ok(KubeVersion { version, normalized, major, minor }) => {
                format!("{version} {normalized} {major} {minor}")
            }
            Err(error) => error,
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn versions_of_kubernetes() {
        check("1.30", "v1.30 v1.30 1 30");
        check("v1.33.4-gke.1245000", "v1.33.4-gke.1245000 v1.33.4 1 33");
        check("1.27.3+k3s1", "v1.27.3+k3s1 v1.27.3 1 27");
        check("1.020.3", "v1.020.3 v1.20.3 1 20");
        check("1.2..3", "v1.2..3 v1.2 1 2");
        check("1", "illegal version string \"1\"");
        check("01.2", "illegal zero-prefixed version component \"01\" in \"01.2\"");
        check("x", "could not parse \"x\" as version");
        check("", "could not parse \"\" as version");
    }
}
