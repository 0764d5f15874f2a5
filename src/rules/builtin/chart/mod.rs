//! Rules on the chart as a package: Chart.yaml, its dependencies, its files.

mod addresses;
mod conditions;
mod declared;
mod dependency_version_mismatch;
mod fields;
mod folders;
mod identity;
mod invalid_crd;
mod kube_version;
mod leftovers;
mod lock;
mod people;
mod present;
mod unknown_chart_field;
mod versions;

pub(super) use conditions::{BrokenDependencyCondition, BrokenImportValues};
pub(super) use declared::{DuplicateDependency, InvalidDependency};
pub(super) use dependency_version_mismatch::DependencyVersionMismatch;
pub(super) use folders::{InvalidTemplateExtension, MissingTemplatesDirectory, MissingValuesFile};
pub(super) use identity::{
    ChartFieldNeedsV2, InvalidChartApiVersion, InvalidChartName, MissingChartField,
};
pub(super) use invalid_crd::InvalidCrd;
pub(super) use kube_version::{InvalidKubeVersion, KubeVersionWithoutPrerelease};
pub(super) use leftovers::{IgnoredCiValues, PackagedClutter};
pub(super) use people::{InvalidChartUrl, InvalidMaintainer, MissingIcon};
pub(super) use present::{DeprecatedDependency, UndeclaredDependency};
pub(super) use unknown_chart_field::UnknownChartField;
pub(super) use versions::{InvalidChartVersion, WrongChartFieldType};
