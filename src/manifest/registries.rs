//! What is known of registry hosts: data, first match first.
//!
//! From a survey of the images of 218 public charts and the clouds' pages on authentication (August 2026);
//! hosts that the survey did not meet are common knowledge of what pulls without a login (November 2026).

use super::images::Class;

/// What is known of one host or a family of hosts.
#[derive(Debug, PartialEq, Eq)]
pub struct Registry {
    /// The host in lower case without a port, label by label: a leading `*.` stands for one label or more,
    /// any other `*` for the rest of one label.
    pub host: &'static str,
    /// How the path has to begin; empty for any.
    pub path: &'static str,
    /// Who may pull from it.
    pub class: Class,
    /// What it is, for messages: "Amazon ECR".
    pub name: &'static str,
}

const fn row(host: &'static str, class: Class, name: &'static str) -> Registry {
    Registry { host, path: "", class, name }
}

const fn below(
    host: &'static str,
    path: &'static str,
    class: Class,
    name: &'static str,
) -> Registry {
    Registry { host, path, class, name }
}

/// Hosts of registries; the first row that fits counts.
pub(super) const REGISTRIES: &[Registry] = &[
    // Anonymous by construction.
    row("registry.k8s.io", Class::Public, "the Kubernetes registry"),
    row("k8s.gcr.io", Class::Public, "the former Kubernetes registry"),
    row("mirror.gcr.io", Class::Public, "Google's mirror of Docker Hub"),
    row("mcr.microsoft.com", Class::Public, "Microsoft Artifact Registry"),
    row("mcr.azk8s.cn", Class::Public, "Azure China's mirror of Microsoft Artifact Registry"),
    row("public.ecr.aws", Class::Public, "Amazon ECR Public"),
    row("ecr-public.aws.com", Class::Public, "Amazon ECR Public"),
    row("registry.access.redhat.com", Class::Public, "Red Hat's registry without login"),
    row("registry.fedoraproject.org", Class::Public, "Fedora"),
    row("registry.suse.com", Class::Public, "SUSE"),
    row("registry.opensuse.org", Class::Public, "openSUSE"),
    row("registry.opensource.zalan.do", Class::Public, "Zalando"),
    row("registry.developers.crunchydata.com", Class::Public, "Crunchy Data"),
    row("registry.istio.io", Class::Public, "Istio"),
    row("registry.datadoghq.com", Class::Public, "Datadog"),
    row("reg.kyverno.io", Class::Public, "Kyverno"),
    row("docker.elastic.co", Class::Public, "Elastic"),
    row("docker.redpanda.com", Class::Public, "Redpanda"),
    row("docker.dragonflydb.io", Class::Public, "Dragonfly"),
    row("docker.n8n.io", Class::Public, "n8n"),
    row("cr.fluentbit.io", Class::Public, "Fluent Bit"),
    row("cr.l5d.io", Class::Public, "Linkerd"),
    row("lscr.io", Class::Public, "LinuxServer.io"),
    row("xpkg.crossplane.io", Class::Public, "Crossplane"),
    row("xpkg.upbound.io", Class::Public, "Upbound"),
    row("projects.registry.vmware.com", Class::Public, "VMware's open source registry"),
    below("cgr.dev", "chainguard/", Class::Public, "Chainguard's free images"),
    // Public unless the owner of the repository says otherwise.
    row("docker.io", Class::Mixed, "Docker Hub"),
    row("ghcr.io", Class::Mixed, "GitHub Packages"),
    row("quay.io", Class::Mixed, "Quay"),
    row("gcr.io", Class::Mixed, "Google Container Registry"),
    row("*.gcr.io", Class::Mixed, "Google Container Registry"),
    row("registry.gitlab.com", Class::Mixed, "GitLab"),
    row("codeberg.org", Class::Mixed, "Codeberg"),
    row("nvcr.io", Class::Mixed, "NVIDIA NGC"),
    row("container-registry.oracle.com", Class::Mixed, "Oracle"),
    row("*.scarf.sh", Class::Mixed, "Scarf"),
    row("*.bintray.io", Class::Mixed, "Bintray, closed in 2021"),
    // Closed unless opened on purpose, if they can be opened at all.
    row("*.dkr.ecr.*.amazonaws.com", Class::Private, "Amazon ECR"),
    row("*.dkr.ecr.*.amazonaws.com.cn", Class::Private, "Amazon ECR"),
    row("*.dkr.ecr-fips.*.amazonaws.com", Class::Private, "Amazon ECR"),
    row("*.azurecr.io", Class::Private, "Azure Container Registry"),
    row("*.azurecr.cn", Class::Private, "Azure Container Registry"),
    row("*.azurecr.us", Class::Private, "Azure Container Registry"),
    row("*-docker.pkg.dev", Class::Private, "Google Artifact Registry"),
    row("docker.pkg.github.com", Class::Private, "GitHub's former registry"),
    row("registry.redhat.io", Class::Private, "Red Hat's registry with login"),
    row("registry.connect.redhat.com", Class::Private, "Red Hat's partner registry"),
    row("registry.tanzu.vmware.com", Class::Private, "Tanzu Network"),
    row("*.jfrog.io", Class::Private, "JFrog Artifactory"),
    row("*.ocir.io", Class::Private, "Oracle Cloud Infrastructure Registry"),
    row("registry.digitalocean.com", Class::Private, "DigitalOcean"),
    row("cp.icr.io", Class::Private, "IBM's entitled registry"),
    row("*.icr.io", Class::Private, "IBM Cloud Container Registry"),
    row("*.cr.aliyuncs.com", Class::Private, "Alibaba Cloud Container Registry"),
    row("*.myhuaweicloud.com", Class::Private, "Huawei Cloud"),
    row("*.tencentcloudcr.com", Class::Private, "Tencent Container Registry"),
    row("cr.yandex", Class::Private, "Yandex Cloud"),
    row("cgr.dev", Class::Private, "Chainguard's images for customers"),
    row("dhi.io", Class::Private, "Docker Hardened Images"),
];

/// Other names of a host: an image under the left one is judged as one under the right one.
///
/// The reference grammar itself rewrites `index.docker.io` only.
pub(super) const ALIASES: &[(&str, &str)] = &[
    ("index.docker.io", "docker.io"),
    ("registry-1.docker.io", "docker.io"),
    ("registry.hub.docker.com", "docker.io"),
];

/// Ends of host names that the public DNS does not resolve (RFC 6761, RFC 6762 appendix G, RFC 8375),
/// and the ones that Kubernetes gives to its services.
pub(super) const PRIVATE_SUFFIXES: &[&str] = &[
    ".corp",
    ".home",
    ".home.arpa",
    ".internal",
    ".intranet",
    ".lan",
    ".local",
    ".localdomain",
    ".localhost",
    ".private",
    ".svc",
    ".test",
];
