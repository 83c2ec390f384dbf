//! Pages to read; there is no code in here.

pub mod coming_from_tokio;
pub mod differences;
pub mod ending_well;
pub mod virtual_time;
