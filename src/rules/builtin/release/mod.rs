//! Rules on releases.

mod invalid_release;

pub(super) use invalid_release::InvalidRelease;
