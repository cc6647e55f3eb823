//! The program: parse the arguments and do what they say.

use std::process::ExitCode;

fn main() -> ExitCode {
    msfnet_studio::cli::main()
}
