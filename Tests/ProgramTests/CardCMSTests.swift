import Emulation
import Foundation
import TestSupport
import Testing

/// `tessera card sign --format cms` and `tessera card test`, with a card in the real pcscd and openssl as judge.
@Suite struct CardCMSTests {
    private func root(_ plugged: PluggedCard) async throws -> String {
        let folder = plugged.folder
        _ = try await ChildProgram.run(
            "openssl", ["x509", "-inform", "der", "-in", folder.path("root.der"), "-out", folder.path("root.pem")])
        return folder.path("root.pem")
    }

    @Test(arguments: [CardKeyKind.rsa2048, .p256, .p384])
    func `openssl verifies what the help says, beside the file and around it`(kind: CardKeyKind) async throws {
        try await PluggedCard.with(kind) { plugged in
            let (folder, root) = (plugged.folder, try await root(plugged))
            try folder.write("pay 10 EUR to \(ScanBench.iban)\r\n", to: "contract.pdf")
            let file = folder.path("contract.pdf")
            let sign = try await plugged.run("card", "sign", "--format", "cms", file, input: PluggedCard.pin)
            #expect(sign.status == 0, "\(sign.complaints)")
            let size = try folder.read("contract.pdf.p7s").count
            #expect(sign.text == "Signed \(file): \(file).p7s, \(size) bytes.\n")
            let digest = try await ChildProgram.run("sha256sum", [file]).text.prefix(64)
            #expect(
                sign.complaints.contains("contract.pdf") && sign.complaints.contains(digest), "the person sees the file, not the attributes"
            )
            let verify = ["cms", "-verify", "-binary", "-inform", "DER", "-CAfile", root, "-out", folder.path("copy"), "-in"]
            let beside = try await ChildProgram.run("openssl", verify + ["\(file).p7s", "-content", file])
            #expect(beside.status == 0, "\(beside.complaints)")

            let around = try await plugged.run("card", "sign", "--format", "cms", "--attached", file, input: PluggedCard.pin)
            #expect(around.status == 0)
            let inside = try await ChildProgram.run("openssl", verify + ["\(file).p7s"])
            #expect(inside.status == 0, "\(inside.complaints)")
            #expect(try folder.read("copy") == folder.read("contract.pdf"))
        }
    }

    private struct Report: Decodable {
        struct Check: Decodable {
            let check: String
            let result: String
            let detail: String
            let hint: String?
        }
        let device: String
        let passed: Bool
        let checks: [Check]
    }

    @Test(arguments: [CardKeyKind.rsa2048, .p256, .p384])
    func `a good card passes, with its chain`(kind: CardKeyKind) async throws {
        try await PluggedCard.with(kind) { plugged in
            let pins = "\(PluggedCard.pin)\n\(PluggedCard.pin)\n"
            let outcome = try await plugged.run("card", "test", "--json", "--ca", root(plugged), input: pins)
            #expect(outcome.status == 0, "\(outcome.complaints)")
            #expect(outcome.complaints.contains("nothing; a random text is signed"))
            let report: Report = try outcome.json()
            #expect(report.passed && report.checks.count == 8)
            #expect(report.checks.allSatisfy { $0.result == "ok" && $0.hint == nil })
            let human = try await plugged.run("card", "test", "--key", "signature", input: PluggedCard.pin)
            #expect(human.status == 0)
            #expect(human.text.hasSuffix("\n\nThe card passed.\n"))
            #expect(human.text.contains("ok       signature key usage: nonRepudiation\n"))
        }
    }

    @Test func `a chain that leads nowhere is told, and the exit code says so`() async throws {
        try await PluggedCard.with { plugged in
            let other = try TestAuthority(name: "Another Root", now: Date())
            try Data(other.root).write(to: plugged.folder.url.appending(path: "other.der"))
            let pem = try await ChildProgram.run("openssl", ["x509", "-inform", "der", "-in", plugged.folder.path("other.der")])
            try pem.output.write(to: plugged.folder.url.appending(path: "other.pem"))
            let outcome = try await plugged.run(
                "card", "test", "--key", "authentication", "--ca", plugged.folder.path("other.pem"), input: PluggedCard.pin)
            #expect(outcome.status == 1)
            #expect(outcome.text.contains("failed   authentication chain: "))
            #expect(outcome.text.contains("→ add the issuer's certificate"))
            #expect(outcome.text.hasSuffix("The card did not pass.\n"))
        }
    }

    @Test(arguments: ["", "not a certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
    func `a file without a root is told before the card is touched`(text: String) async throws {
        let folder = try Folder()
        try folder.write(text, to: "ca.pem")
        let outcome = try await Program.run("card", "test", "--ca", folder.path("ca.pem"))
        #expect(outcome.status == 2)
        #expect(outcome.failure?.error.contains("ca.pem") == true, "\(outcome.complaints)")
    }
}
