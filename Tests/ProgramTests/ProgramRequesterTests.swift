import Testing
import Verification

@testable import tessera

/// Whom the audit log names for a command.
struct ProgramRequesterTests {
    @Test(
        arguments: [
            ("anna", "anna"), (#"ACME\Åsa K"#, #"ACME\%C3%85sa%20K"#), ("100%", "100%25"), ("%C3", "%25C3"), ("", nil),
            (String(repeating: "ö", count: 40), String(repeating: "%C3%B6", count: 10)),
            (String(repeating: "x", count: 65), String(repeating: "x", count: 64)),
        ] as [(String, String?)])
    func `who called sudo is the clerk, in letters that a clerk's name may have, none of them cut`(_ user: String, _ clerk: String?) {
        #expect(Requester(user: 7, environment: ["SUDO_USER": user]) == Requester(caller: "uid 7", clerk: clerk))
    }

    @Test func `without sudo there is no clerk`() {
        #expect(Requester(user: 0, environment: [:]) == Requester(caller: "uid 0"))
    }
}
