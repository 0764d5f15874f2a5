//! Rules on the objects that a chart renders.

mod apis;
mod dangling_reference;
mod duplicate_object;
mod ignored_resource_policy;
mod images;
mod incomplete_object;
mod invalid_image_reference;
mod invalid_object_name;
mod non_string_value;
mod places;
mod pods;
mod selectors;
mod unknown_hook;
mod unknown_target_port;
mod unmatched_service_selector;

pub(super) use apis::{DeprecatedApi, RemovedApi};
pub(super) use dangling_reference::DanglingReference;
pub(super) use duplicate_object::DuplicateObject;
pub(super) use ignored_resource_policy::IgnoredResourcePolicy;
pub(super) use incomplete_object::IncompleteObject;
pub(super) use invalid_image_reference::InvalidImageReference;
pub(super) use invalid_object_name::InvalidObjectName;
pub(super) use non_string_value::NonStringValue;
pub(super) use selectors::{MismatchedSelector, MissingSelector};
pub(super) use unknown_hook::UnknownHook;
pub(super) use unknown_target_port::UnknownTargetPort;
pub(super) use unmatched_service_selector::UnmatchedServiceSelector;
