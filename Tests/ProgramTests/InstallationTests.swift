import Foundation
import TestSupport
import Testing

/// What is installed beside the program: completions in the real shells, systemd's units.
@Suite struct InstallationTests {
    /// The folder of the package.
    private static let home = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .path

    private static func run(_ program: String, _ arguments: String...) async throws -> ChildProgram.Outcome {
        let path = URL(filePath: Program.path).deletingLastPathComponent().path + ":/usr/local/bin:/usr/bin:/bin"
        return try await ChildProgram.run(program, arguments, environment: ["PATH": path])
    }

    /// A folder with what ``scripts/completions.sh`` writes.
    private static func completions() async throws -> Folder {
        let folder = try Folder()
        let made = try await run("\(home)/scripts/completions.sh", Program.path, folder.url.path)
        #expect(made.status == 0, "\(made.complaints)")
        return folder
    }

    @Test func `bash completes commands, options and what an option takes`() async throws {
        let folder = try await Self.completions()
        let script = """
            set -u; source "\(folder.path("tessera"))"; complete -p tessera
            ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
                COMPREPLY=(); _tessera tessera "${@: -1}" "${@: -2:1}"; echo "${COMPREPLY[*]}"; }
            ask tessera doc; ask tessera device rev; ask tessera serve --emul
            """
        let outcome = try await Self.run("bash", "--norc", "-c", script)
        #expect(outcome.status == 0 && outcome.complaints.isEmpty, "\(outcome.complaints)")
        let lines = outcome.text.split(separator: "\n").map(String.init)
        #expect(lines.first?.hasSuffix("-F _tessera tessera") == true)
        #expect(lines.dropFirst() == ["doctor", "revoke", "--emulators --emulators-socket"])
    }

    @Test func `fish completes them, too, with what they do`() async throws {
        let folder = try await Self.completions()
        let script = """
            source "\(folder.path("tessera.fish"))"; complete -C "tessera doc"; complete -C "tessera device rev"
            complete -C "tessera doctor --j"
            """
        let outcome = try await Self.run("fish", "--no-config", "-c", script)
        #expect(outcome.status == 0 && outcome.complaints.isEmpty, "\(outcome.complaints)")
        let lines = outcome.text.split(separator: "\n")
        #expect(lines.map { $0.prefix { $0 != "\t" } } == ["doctor", "revoke", "--json"] && lines.allSatisfy { $0.contains("\t") })
    }

    @Test func `zsh finds the file by its name, and the Tab key completes`() async throws {
        let folder = try await Self.completions()
        // A shell at a terminal of its own, since completion is part of its line editor.
        let script = """
            fpath=("$1" $fpath); autoload -Uz compinit; compinit -u -D; print "registered $_comps[tessera]"
            zmodload zsh/zpty; zpty shell zsh -f -i
            until_said() {
                heard=; local n
                for n in {1..1200}; do
                    while zpty -r -t shell piece; do heard+=$piece; done
                    [[ $heard == *$1* ]] && return
                    sleep 0.05
                done
                print -r -- "never said $1: $heard"; exit 1
            }
            zpty -w shell "fpath=('$1' \\$fpath); autoload -Uz compinit; compinit -u -D; print REA''DY"
            until_said READY
            zpty -w -n shell $'tessera doct\\t --conf\\t\\n'
            until_said 'Missing value for'
            print -r -- "$heard"; zpty -d shell
            """
        try folder.write(script, to: "try.zsh")
        let outcome = try await Self.run("zsh", "-f", folder.path("try.zsh"), folder.url.path)
        #expect(outcome.text.hasPrefix("registered _tessera\n"), "\(outcome.text) \(outcome.complaints)")
        #expect(outcome.text.contains("Missing value for '--configuration <configuration>'"))
    }

    @Test func `systemd takes the units, and finds the service little exposed`() async throws {
        let outcome = try await Self.run("\(Self.home)/scripts/check-units.sh")
        #expect(outcome.status == 0, "\(outcome.complaints)")
        #expect(outcome.text.hasPrefix("check-units: Overall exposure level for tessera.service: "))
    }

    @Test(arguments: [
        ("UMask=0077", "UMsak=0077", "does not take it"), ("LimitCORE=0", "LimitCORE=infinity", "lets memory be dumped"),
        ("PrivateDevices=yes", "PrivateUsers=yes", "hides who opens the socket"), ("User=tessera", "User=root", "is exposed more than 2.0"),
    ])
    func `a unit that says something else is refused`(line: String, other: String, why: String) async throws {
        let folder = try Folder()
        try FileManager.default.copyItem(atPath: "\(Self.home)/systemd", toPath: folder.path("systemd"))
        var unit = String(decoding: try folder.read("systemd/tessera.service"), as: UTF8.self)
        #expect(unit.contains("\n\(line)\n"))
        unit.replace("\n\(line)\n", with: "\n\(other)\n")
        // One line alone may be outweighed by the others.
        if other == "User=root" { unit.replace("\nCapabilityBoundingSet=\n", with: "\n") }
        try folder.write(unit, to: "systemd/tessera.service")
        let outcome = try await Self.run("\(Self.home)/scripts/check-units.sh", folder.path("systemd"))
        #expect(outcome.status == 1 && outcome.complaints.contains(why), "\(outcome.complaints)")
    }

    @Test func `a page as the parser's plugin writes it becomes one that mandoc and groff take`() async throws {
        let folder = try Folder()
        try folder.write(
            """
            .Dd January 1, 2026
            .Dt TESSERA 1
            .Os
            .Sh NAME
            .Nm tessera
            .Nd "Prove it."
            .Sh DESCRIPTION
            It asks once. It asks again! .profile is a file; so is this.

            Examples:
              tessera demo
              tessera doctor \\e

              .dot
            .Bl -tag -width 6n
            .It Fl -json
            Print it. Nothing else.

            .It Fl h
            .Pp
            Help.
            .El
            """ + "\n", to: "raw.1")
        let page = try await Self.run("awk", "-f", "\(Self.home)/scripts/manual.awk", folder.path("raw.1"))
        #expect(page.status == 0 && page.complaints.isEmpty)
        try folder.write(page.text, to: "page.1")
        func lint(_ name: String) async throws -> String { try await Self.run("mandoc", "-Tlint", "-Wwarning", folder.path(name)).text }
        #expect(try await lint("raw.1").contains("new sentence, new line"))
        #expect(try await lint("page.1").isEmpty)
        #expect(try await Self.run("groff", "-mdoc", "-Tutf8", "-ww", "-z", folder.path("page.1")).complaints.isEmpty)
        let shown = try await Self.run("mandoc", "-Tascii", folder.path("page.1")).text
        for text in ["tessera doctor \\\n", "\n       .dot\n", ".profile is a file"] {
            #expect(shown.contains(text), "\(shown)")
        }
    }
}
