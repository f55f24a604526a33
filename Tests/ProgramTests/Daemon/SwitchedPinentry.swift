import Foundation
import TestSupport
import Testing

/// A pinentry that gives one PIN after another, and holds back the end of each answer until it is let go.
///
/// Meanwhile the PIN has left it, and lies with whoever asked.
struct SwitchedPinentry {
    private let folder: Folder
    let path: String

    init(_ pins: [String], in folder: Folder) async throws {
        self.folder = folder
        path = folder.path("pinentry")
        // One process a question: how many there were is in a file.
        let script = """
            #!/bin/sh
            echo OK
            while read -r line; do
                case "$line" in
                GETPIN*)
                    echo x >>"$0.asked"
                    number=$(grep -c x "$0.asked")
                    echo "D $(sed -n "${number}p" "$0.pins")"
                    : >"$0.given-$number"
                    while [ ! -e "$0.end-$number" ]; do sleep 0.1; done
                    echo OK
                    ;;
                *) echo OK ;;
                esac
            done
            """
        try folder.write(pins.joined(separator: "\n") + "\n", to: "pinentry.pins")
        // Another program writes it: a child that this process makes meanwhile would hold the file open, and nobody could run it.
        let written = try await ChildProgram.run("/bin/sh", ["-c", "cat >\"$0\" && chmod 755 \"$0\"", path], input: Data(script.utf8))
        try #require(written.status == 0)
    }

    /// Waits until the PIN of this question was given, the end of the answer not yet.
    func hasGiven(_ number: Int) async -> Bool {
        await eventually { FileManager.default.fileExists(atPath: folder.path("pinentry.given-\(number)")) }
    }

    /// Ends the answer to this question.
    func end(_ number: Int) throws { try folder.write("", to: "pinentry.end-\(number)") }
}
