//! What the victim does while a call of its fails. Each scene has [`UNITS`] independent parts.

/// Connections, datagrams or processes of a scene.
pub const UNITS: usize = 4;
/// Exchanges on each connection.
pub const ROUNDS: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    /// An echo server with Nim's operations; the clients are in the harness.
    Eager,
    /// The same with the lazy operations.
    Lazy,
    /// The same with raw callbacks that wait, and std's calls.
    Callbacks,
    /// Dials the harness, which echoes.
    Dial,
    /// Sends datagrams to itself.
    Datagrams,
    /// Starts children and waits for their ends.
    Processes,
}

impl Scene {
    pub const ALL: [Scene; 6] =
        [Scene::Eager, Scene::Lazy, Scene::Callbacks, Scene::Dial, Scene::Datagrams, Scene::Processes];

    pub fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    pub fn named(name: &str) -> Option<Scene> {
        Scene::ALL.into_iter().find(|scene| scene.name() == name)
    }

    /// Whether the harness has the clients.
    pub fn serves(self) -> bool {
        matches!(self, Scene::Eager | Scene::Lazy | Scene::Callbacks)
    }
}
