//! The command line: the only place of the program that prints or exits.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
