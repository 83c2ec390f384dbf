//! Programs from seeds. The same seed gives the same programs on every machine and in every build.
//!
//! What a program may do is limited here where it can be told beforehand, and by the interpreters' guards (`held`)
//! where it cannot: see "Random programs" in `compat-tests/README.md`.

use crate::program::{Ending, Kind, Op, Program, Script, Statement};

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    /// In `percent` of the cases.
    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// What a script is for: this decides what may be in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Main,
    /// Called from the queue.
    Queue,
    /// A callback of a descriptor or an event.
    Callback,
    Proc,
}

/// Groups of operations, chosen by weight.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Queue,
    Future,
    Proc,
    Descriptor,
    Event,
}

struct Maker {
    dice: Dice,
    program: Program,
    /// The role of each script.
    roles: Vec<Role>,
    /// How often each group is chosen, another mix in each program.
    weights: [(Group, usize); 5],
    /// The script that is being written; procs start later ones only, or they would start each other for ever.
    at: usize,
    /// Whether slot 0 is never awaited, so that its callbacks may be replaced and cleared (row 44).
    private: bool,
    /// Buffers are filled, so that no side is ever shut (row 1).
    fills: bool,
}

/// The `number`-th program of a seed.
pub fn program(seed: u64, number: usize) -> Program {
    let mut dice = Dice(seed ^ (number as u64).wrapping_mul(0xd134_2543_de82_ef95));
    dice.next();
    let subject = dice.below(100);
    let opens = if (25..80).contains(&subject) { dice.between(1, 3) } else { 0 };
    let events = if subject >= 70 { dice.between(1, 3) } else { 0 };
    let opens = (0..opens).map(|_| if dice.chance(65) { Kind::Pair } else { Kind::Pipe }).collect();
    let program =
        Program { name: format!("{seed}-{number}"), opens, futures: dice.between(2, 4), events, ..Program::default() };
    let (private, fills) = (dice.chance(50), dice.chance(30));
    let weights = weights(&mut dice, &program);
    let mut maker = Maker { dice, program, roles: Vec::new(), weights, at: 0, private, fills };
    maker.write();
    maker.program
}

fn weights(dice: &mut Dice, program: &Program) -> [(Group, usize); 5] {
    let ends = if program.opens.is_empty() { 0 } else { 3 };
    let events = if program.events == 0 { 0 } else { 3 };
    let base =
        [(Group::Queue, 1), (Group::Future, 2), (Group::Proc, 1), (Group::Descriptor, ends), (Group::Event, events)];
    base.map(|(group, often)| (group, often * dice.between(1, 4)))
}

impl Maker {
    fn write(&mut self) {
        let waits = !self.program.opens.is_empty() || self.program.events > 0;
        let counts = [
            (Role::Queue, self.dice.between(2, 4)),
            (Role::Callback, if waits { self.dice.between(2, 4) } else { 0 }),
            (Role::Proc, self.dice.between(1, 4)),
        ];
        for (role, count) in counts {
            self.roles.extend((0..count).map(|_| role));
        }
        for i in 0..self.roles.len() {
            self.at = i;
            let script = self.script(self.roles[i]);
            self.program.scripts.push(script);
        }
        self.program.main = self.main();
    }

    fn script(&mut self, role: Role) -> Script {
        let ending = match (role, self.dice.below(100)) {
            (_, 0..15) => Ending::Raises,
            (Role::Callback, 15..30) => Ending::Again,
            (Role::Callback, 30..55) => Ending::Times(self.dice.between(2, 3)),
            _ => Ending::Done,
        };
        let length = if role == Role::Proc { self.dice.between(1, 4) } else { self.dice.below(4) };
        Script { ending, body: (0..length).map(|_| self.statement(role)).collect() }
    }

    fn main(&mut self) -> Vec<Statement> {
        let mut body = Vec::new();
        for _ in 0..self.dice.between(3, 9) {
            for _ in 0..self.dice.between(1, 4) {
                body.push(self.statement(Role::Main));
            }
            body.push(statement(Op::Poll, []));
        }
        for _ in 0..self.dice.below(4) {
            body.push(statement(Op::Poll, []));
        }
        body
    }

    fn statement(&mut self, role: Role) -> Statement {
        if role == Role::Proc && self.dice.chance(60) {
            return self.wait();
        }
        let groups: Vec<_> = self.weights.iter().flat_map(|(group, often)| vec![*group; *often]).collect();
        match self.dice.pick(&groups) {
            Group::Queue => self.queue(),
            Group::Future => self.future(),
            Group::Proc => self.proc(role),
            Group::Descriptor => self.descriptor(role),
            Group::Event => self.event(),
        }
    }

    /// A script of that role.
    fn script_of(&mut self, role: Role) -> usize {
        let fitting: Vec<_> = (0..self.roles.len()).filter(|i| self.roles[*i] == role).collect();
        self.dice.pick(&fitting)
    }

    fn slot(&mut self) -> usize {
        self.dice.below(self.program.futures)
    }

    /// A slot that may be awaited.
    fn shared_slot(&mut self) -> usize {
        let first = usize::from(self.private);
        self.dice.between(first, self.program.futures - 1)
    }

    fn queue(&mut self) -> Statement {
        match self.dice.below(10) {
            0..5 => statement(Op::Soon, [self.script_of(Role::Queue)]),
            5..8 => statement(Op::Sleep, [self.script_of(Role::Queue)]),
            8 => statement(Op::Counts, []),
            _ => statement(Op::Far, []),
        }
    }

    fn future(&mut self) -> Statement {
        let slot = self.slot();
        match self.dice.below(20) {
            0..5 => statement(Op::Complete, [slot, self.dice.below(100)]),
            5..7 => statement(Op::Fail, [slot, self.dice.below(100)]),
            7..12 => statement(Op::Then, [slot, self.script_of(Role::Queue)]),
            12 if self.private => statement(Op::Set, [0, self.script_of(Role::Queue)]),
            13 if self.private => statement(Op::Clear, [0]),
            12..14 => statement(Op::State, [slot]),
            14 => statement(Op::Read, [slot]),
            15 => statement(Op::Error, [slot]),
            16 => statement(Op::State, [slot]),
            17..19 => statement(Op::Fresh, [slot]),
            _ => statement(Op::All, [self.script_of(Role::Queue), self.shared_slot(), self.shared_slot()]),
        }
    }

    /// A proc that a script of `role` may start.
    fn proc_for(&mut self, role: Role) -> Option<usize> {
        let first = if role == Role::Proc { self.at + 1 } else { 0 };
        let fitting: Vec<_> = (first..self.roles.len()).filter(|i| self.roles[*i] == Role::Proc).collect();
        (!fitting.is_empty()).then(|| self.dice.pick(&fitting))
    }

    fn proc(&mut self, role: Role) -> Statement {
        match self.proc_for(role) {
            None => statement(Op::Counts, []),
            Some(k) if self.dice.chance(15) => statement(Op::Check, [k]),
            Some(k) => statement(Op::Go, [self.shared_slot(), k]),
        }
    }

    fn wait(&mut self) -> Statement {
        let ends = 2 * self.program.opens.len();
        match self.dice.below(if ends > 0 { 20 } else { 11 }) {
            0..3 => statement(Op::Await, [self.shared_slot()]),
            3..5 => statement(Op::Attempt, [self.shared_slot()]),
            5 => statement(Op::Settle, [self.shared_slot()]),
            6..8 => statement(Op::Nap, []),
            8..11 => match self.proc_for(Role::Proc) {
                Some(k) => statement(Op::Call, [k]),
                None => statement(Op::Nap, []),
            },
            11..16 => statement(Op::Recv, [self.dice.below(ends), self.dice.between(1, 6)]),
            _ => statement(Op::Send, [self.dice.below(ends), self.dice.between(1, 6)]),
        }
    }

    fn descriptor(&mut self, role: Role) -> Statement {
        let d = self.dice.below(2 * self.program.opens.len());
        let size = self.dice.pick(&[0, 1, 2, 3, 8]);
        let queued = role != Role::Callback;
        match self.dice.below(30) {
            0..9 => statement(Op::Readable, [d, self.script_of(Role::Callback), size]),
            9..13 => statement(Op::Writable, [d, self.script_of(Role::Callback), size]),
            13..19 => statement(Op::Put, [d, self.dice.between(1, 5)]),
            19..21 => statement(Op::Get, [d, self.dice.between(1, 8)]),
            21 if self.fills => statement(Op::Fill, [d]),
            22 if self.fills => statement(Op::Drain, [d]),
            21..23 => statement(Op::Shut, [d]),
            23..25 => statement(Op::Unregister, [d]),
            // Registered again within the phase of descriptors, the events looked up before would be for the new
            // registration in Nim (rows 6 and 7).
            25..27 if queued => statement(Op::Register, [d]),
            27 if queued => statement(Op::Reopen, [d]),
            25..28 => statement(Op::Counts, []),
            _ => statement(Op::Close, [d]),
        }
    }

    fn event(&mut self) -> Statement {
        let e = self.dice.below(self.program.events);
        match self.dice.below(10) {
            0..5 => statement(Op::Trigger, [e]),
            5..9 => statement(Op::Event, [e, self.script_of(Role::Callback)]),
            _ => statement(Op::Unevent, [e]),
        }
    }
}

fn statement<const N: usize>(op: Op, args: [usize; N]) -> Statement {
    Statement { op, args: args.to_vec() }
}
