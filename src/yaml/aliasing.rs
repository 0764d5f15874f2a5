//! go-yaml's limit on how much of a document may come from aliases.

/// go-yaml's guard against alias bombs (decode.go, `allowedAliasRatio`).
pub(super) struct Budget {
    steps: u64,
    aliased: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { steps: 1, aliased: 0 }
    }
}

impl Budget {
    const FULL_ALIASING_UP_TO: u64 = 400_000;
    const LITTLE_ALIASING_FROM: u64 = 4_000_000;

    /// Whether the decoder would still go on after these steps.
    pub(super) fn spend(&mut self, steps: u64, aliased: u64) -> bool {
        self.steps = self.steps.saturating_add(steps);
        self.aliased = self.aliased.saturating_add(aliased);
        if self.aliased <= 100 || self.steps <= 1_000 {
            return true;
        }
        let allowed = if self.steps <= Self::FULL_ALIASING_UP_TO {
            0.99
        } else if self.steps >= Self::LITTLE_ALIASING_FROM {
            0.10
        } else {
            let span = (Self::LITTLE_ALIASING_FROM - Self::FULL_ALIASING_UP_TO) as f64;
            0.99 - 0.89 * ((self.steps - Self::FULL_ALIASING_UP_TO) as f64 / span)
        };
        self.aliased as f64 / self.steps as f64 <= allowed
    }
}
