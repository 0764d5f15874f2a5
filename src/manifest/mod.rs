//! Rendered text as Kubernetes objects: their pod specs, images and pull secrets.

pub mod faults;
pub mod head;
pub mod hooks;
pub mod images;
pub mod objects;
pub mod order;
pub mod pod_kinds;
pub mod pod_path;
pub mod pods;
pub mod pointer;
pub mod reference;
mod registries;
