import Emulation
import Foundation
import TestSupport
import Testing

/// OpenSSH with the card's keys, through OpenSC's module.
@Suite(.serialized) struct SSHTests {
    /// Lists the card's keys; has an agent hold the card, sign a file with the first key, and OpenSSH judge the signature.
    ///
    /// The agent is killed: it inherits blocked signals from the test, and would keep it waiting.
    private static let conversation = """
        ssh-keygen -D "$MODULE" > keys || exit 1
        head -n 1 keys > key.pub
        printf '#!/bin/sh\\necho %s\\n' "$PIN" > askpass && chmod 700 askpass
        eval "$(ssh-agent -a "$PWD/agent" -P "$MODULE")" > /dev/null
        trap 'kill -KILL $SSH_AGENT_PID' EXIT
        SSH_ASKPASS="$PWD/askpass" SSH_ASKPASS_REQUIRE=force ssh-add -s "$MODULE"
        echo "pay 10 EUR" > message
        ssh-keygen -Y sign -f key.pub -n payment message
        printf 'holder %s\\n' "$(cat key.pub)" > allowed
        ssh-keygen -Y verify -f allowed -I holder -n payment -s message.sig < message
        """

    @Test(arguments: [CardKeyKind.p256, .rsa2048])
    func `ssh-keygen lists the keys, and verifies what the agent had the card sign`(kind: CardKeyKind) async throws {
        try await OpenSCBench.withCard({ try .piv(holder: "Test Holder", keys: kind, authority: $0, now: $1) }) { bench in
            let outcome = try await ChildProgram.run(
                "bash", ["-c", "cd '\(bench.folder.path)'\n\(Self.conversation)"],
                environment: ["OPENSC_CONF": bench.configuration.path, "MODULE": try await OpenSCModule.path, "PIN": "123456"])
            let keys = try String(contentsOf: bench.folder.appending(path: "keys"), encoding: .utf8).split(separator: "\n")
            #expect(keys.count == 4 && keys.allSatisfy { $0.hasPrefix(kind == .p256 ? "ecdsa-sha2-nistp256 " : "ssh-rsa ") }, "\(keys)")
            let algorithm = kind == .p256 ? "ECDSA" : "RSA"
            #expect(
                outcome.text.contains("Good \"payment\" signature for holder with \(algorithm) key"), "\(outcome.text)\(outcome.complaints)"
            )
        }
    }
}
