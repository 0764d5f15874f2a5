//! Rules on the objects that a chart renders.

mod images;
mod invalid_image_reference;

pub(super) use invalid_image_reference::InvalidImageReference;
