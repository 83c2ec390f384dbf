//! The little language: a program is text of one statement a line, which both interpreters read.
//!
//! ```text
//! case 1-17            seed and number
//! open pair            ends 0 and 1: a socket pair; `open pipe`: a pipe; all non-blocking and registered
//! futures 3            slots 0 to 2, each with a pending future
//! events 1
//! script times 2       script 0: a callback's or an async proc's body; `times 2` answers true at its second call
//! put 1 3
//! main                 polls happen only here
//! readable 0 0 8
//! poll
//! end
//! ```

use std::fmt;

macro_rules! operations {
    ($($name:ident $word:literal)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Op { $($name,)* }

        impl Op {
            pub fn word(self) -> &'static str {
                match self { $(Op::$name => $word,)* }
            }

            fn of_word(word: &str) -> Option<Op> {
                match word { $($word => Some(Op::$name),)* _ => None }
            }
        }
    };
}

operations! {
    Soon "soon" Sleep "sleep" Far "far" Counts "counts" Poll "poll"
    Complete "complete" Fail "fail" Then "then" Set "set" Clear "clear" Read "read"
    Error "error" State "state" Fresh "fresh" All "all" Go "go" Check "check"
    Await "await" Attempt "attempt" Settle "settle" Nap "nap" Call "call"
    Recv "recv" Send "send"
    Readable "readable" Writable "writable" Put "put" Get "get" Fill "fill"
    Drain "drain" Register "register" Unregister "unregister" Close "close" Shut "shut"
    Reopen "reopen" Event "event" Trigger "trigger" Unevent "unevent"
}

/// An operation and its numbers: ends, slots, events, scripts, sizes.
#[derive(Clone, Debug)]
pub struct Statement {
    pub op: Op,
    pub args: Vec<usize>,
}

/// What a script answers when it is a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Done,
    Again,
    Times(usize),
    Raises,
}

#[derive(Clone, Debug)]
pub struct Script {
    pub ending: Ending,
    pub body: Vec<Statement>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Pair,
    Pipe,
}

#[derive(Clone, Debug, Default)]
pub struct Program {
    pub name: String,
    pub opens: Vec<Kind>,
    pub futures: usize,
    pub events: usize,
    pub scripts: Vec<Script>,
    pub main: Vec<Statement>,
}

impl Program {
    /// The programs of a file.
    pub fn all_of(text: &str) -> Result<Vec<Program>, String> {
        let mut programs = Vec::new();
        for (i, line) in text.lines().enumerate() {
            if let Some(name) = line.strip_prefix("case ") {
                programs.push(Program { name: name.to_owned(), ..Program::default() });
            } else {
                let program = programs.last_mut().ok_or("the file does not begin with `case`")?;
                program.read_line(line).ok_or_else(|| format!("line {}: {line}", i + 1))?;
            }
        }
        Ok(programs)
    }

    fn read_line(&mut self, line: &str) -> Option<()> {
        let words: Vec<_> = line.split_whitespace().collect();
        let number = |i: usize| words.get(i).and_then(|w| w.parse::<usize>().ok());
        match *words.first()? {
            "open" => self.opens.push(if *words.get(1)? == "pair" { Kind::Pair } else { Kind::Pipe }),
            "futures" => self.futures = number(1)?,
            "events" => self.events = number(1)?,
            "script" => {
                self.scripts.push(Script { ending: Ending::of_word(words.get(1)?, number(2)?)?, body: Vec::new() });
            }
            "main" => self.scripts.push(Script { ending: Ending::Done, body: Vec::new() }),
            "end" => self.main = self.scripts.pop()?.body,
            word => {
                let args = words[1..].iter().map(|w| w.parse().ok()).collect::<Option<_>>()?;
                self.scripts.last_mut()?.body.push(Statement { op: Op::of_word(word)?, args });
            }
        }
        Some(())
    }

    /// All lists of statements, the main program's last.
    pub fn bodies(&mut self) -> impl Iterator<Item = &mut Vec<Statement>> {
        self.scripts.iter_mut().map(|script| &mut script.body).chain([&mut self.main])
    }
}

impl Ending {
    fn of_word(word: &str, number: usize) -> Option<Ending> {
        Some(match word {
            "done" => Ending::Done,
            "again" => Ending::Again,
            "times" => Ending::Times(number),
            "raises" => Ending::Raises,
            _ => return None,
        })
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ending::Done => write!(f, "done 0"),
            Ending::Again => write!(f, "again 0"),
            Ending::Times(n) => write!(f, "times {n}"),
            Ending::Raises => write!(f, "raises 0"),
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.op.word())?;
        self.args.iter().try_for_each(|arg| write!(f, " {arg}"))
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "case {}", self.name)?;
        for kind in &self.opens {
            writeln!(f, "open {}", if *kind == Kind::Pair { "pair" } else { "pipe" })?;
        }
        writeln!(f, "futures {}\nevents {}", self.futures, self.events)?;
        for script in &self.scripts {
            writeln!(f, "script {}", script.ending)?;
            script.body.iter().try_for_each(|s| writeln!(f, "{s}"))?;
        }
        writeln!(f, "main")?;
        self.main.iter().try_for_each(|s| writeln!(f, "{s}"))?;
        writeln!(f, "end")
    }
}
