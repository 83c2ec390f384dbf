//! What only Windows has: overlapped calls of the user's own.

mod new_custom;

pub use new_custom::{CustomRef, new_custom};
