//! Rendered text as Kubernetes objects: their pod specs, images and pull secrets.

pub mod images;
pub mod reference;
mod registries;
