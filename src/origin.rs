//! What something is called, and where it was made: for people to read.

use std::fmt;
use std::panic::Location;

/// See the module's docs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    pub(crate) name: &'static str,
    pub(crate) made_at: &'static Location<'static>,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} made at {}", self.name, self.made_at)
    }
}
