import Emulation
import Foundation
import TestSupport
import Testing

/// `tessera card`, with a card in the real pcscd.
@Suite struct CardTests {
    private struct Card: Decodable {
        struct Key: Decodable {
            let label: String
            let role: String
            let algorithm: String
            let pin: String
            let triesLeft: Int?
        }
        struct PIN: Decodable {
            let label: String
            let role: String
            let state: String
            let triesLeft: Int?
        }
        let reader: String
        let atr: String
        let application: String
        let family: String
        let confidence: String
        let inferred: [String]
        let pins: [PIN]
        let keys: [Key]
        let unusable: [String]
    }

    private struct Certificate: Decodable {
        let role: String
        let subject: String
        let issuer: String
        let serialNumber: String
        let notBefore: Date
        let notAfter: Date
        let pem: String
    }

    @Test func `info says what the card is, and costs no try`() async throws {
        try await PluggedCard.with { plugged in
            for _ in 0..<2 {
                let card: Card = try await plugged.run("card", "info", "--json").json()
                #expect(card.reader == plugged.reader)
                #expect(card.application.contains("PIV"))
                #expect(card.atr.hasPrefix("3B"))
                #expect(card.keys.contains { $0.role == "authentication" && $0.algorithm == "EC P-256" && $0.triesLeft == 5 })
                #expect(card.keys.contains { $0.role == "signature" && $0.pin == "5 tries left" })
                #expect(card.keys.contains { $0.role == "card authentication" && $0.pin == "not needed" && $0.triesLeft == nil })
                #expect(card.family == "PIV" && card.confidence == "stated" && card.inferred.isEmpty && card.unusable.isEmpty)
                #expect(card.pins.map(\.role) == ["keys", "unblocking"])
                #expect(card.pins.map(\.triesLeft) == [5, nil], "the card does not tell the PUK's")
            }
            let human = try await plugged.run("card", "info")
            #expect(human.status == 0)
            #expect(human.text.hasPrefix("PIV card in \"\(plugged.reader)\"\nATR 3B"))
            #expect(human.text.contains("key "))
        }
    }

    @Test(arguments: [CardKeyKind.rsa2048, .p256, .p384], ["authentication", "signature"])
    func `openssl verifies what was signed, as the help says`(kind: CardKeyKind, key: String) async throws {
        try await PluggedCard.with(kind) { plugged in
            let folder = plugged.folder
            try folder.write("pay 10 EUR to \(ScanBench.iban)", to: "contract.txt")
            let sign = try await plugged.run(
                "card", "sign", "--key", key, folder.path("contract.txt"), input: PluggedCard.pin + "\n")
            #expect(sign.status == 0, "\(sign.complaints)")
            #expect(sign.complaints.contains("contract.txt") && sign.complaints.contains("(5 tries left)"))
            #expect(!sign.complaints.contains(PluggedCard.pin) && !sign.text.contains(PluggedCard.pin))
            let size = try folder.read("contract.txt.sig").count
            #expect(sign.text == "Signed \(folder.path("contract.txt")): \(folder.path("contract.txt")).sig, \(size) bytes.\n")

            let certificate = try await plugged.run("card", "certificates", "--pem", "--key", key)
            try folder.write(certificate.text, to: "signer.pem")
            let publicKey = try await ChildProgram.run("openssl", ["x509", "-in", folder.path("signer.pem"), "-pubkey", "-noout"])
            try publicKey.output.write(to: folder.url.appending(path: "key.pem"))
            let verify = try await ChildProgram.run(
                "openssl",
                [
                    "dgst", kind == .p384 ? "-sha384" : "-sha256", "-verify", folder.path("key.pem"), "-signature",
                    folder.path("contract.txt.sig"), folder.path("contract.txt"),
                ])
            #expect(verify.text == "Verified OK\n", "\(verify.complaints)")
        }
    }

    @Test func `certificates are those that openssl sees, with serial numbers in pairs of digits`() async throws {
        try await PluggedCard.with { plugged in
            let certificates: [Certificate] = try await plugged.run("card", "certificates", "--json").json()
            #expect(Set(certificates.map(\.role)).isSuperset(of: ["authentication", "signature"]))
            for certificate in certificates {
                #expect(certificate.subject.contains("Test Holder") && certificate.issuer.contains("Test Root CA"))
                #expect(certificate.notBefore <= Date() && certificate.notAfter > Date())
                let serial = try await ChildProgram.run("openssl", ["x509", "-noout", "-serial"], input: Data(certificate.pem.utf8)).text
                #expect(certificate.serialNumber.split(separator: ":").allSatisfy { $0.count == 2 })
                #expect("serial=\(certificate.serialNumber.replacing(":", with: "").uppercased())\n" == serial)
            }
            let human = try await plugged.run("card", "certificates")
            #expect(human.text.components(separatedBy: "  subject  ").count == certificates.count + 1)
            let one = try await plugged.run("card", "certificates", "--key", "authentication", "--pem")
            #expect(one.text.components(separatedBy: "-----BEGIN CERTIFICATE-----").count == 2)
        }
    }

    @Test func `the certificates lead to the root that was written`() async throws {
        try await PluggedCard.with { plugged in
            let folder = plugged.folder
            _ = try await ChildProgram.run(
                "openssl", ["x509", "-inform", "der", "-in", folder.path("root.der"), "-out", folder.path("root.pem")])
            try folder.write(try await plugged.run("card", "certificates", "--key", "signature", "--pem").text, to: "signer.pem")
            let verify = try await ChildProgram.run("openssl", ["verify", "-CAfile", folder.path("root.pem"), folder.path("signer.pem")])
            #expect(verify.text == "\(folder.path("signer.pem")): OK\n")
        }
    }

    @Test func `for a program, sign tells where the signature is`() async throws {
        struct Signed: Decodable, Equatable {
            let file: String
            let signature: String
            let bytes: Int
        }
        try await PluggedCard.with { plugged in
            try plugged.folder.write("x", to: "a")
            let signed: Signed = try await plugged.run(
                "card", "sign", "--json", "-o", plugged.folder.path("b"), plugged.folder.path("a"), input: PluggedCard.pin
            ).json()
            let size = try plugged.folder.read("b").count
            #expect(signed == Signed(file: plugged.folder.path("a"), signature: plugged.folder.path("b"), bytes: size))
            #expect(try plugged.folder.names == ["a", "b", "root.der"])
        }
    }

    @Test func `from a script a wrong PIN is sent once, however many lines follow`() async throws {
        try await PluggedCard.with { plugged in
            try plugged.folder.write("x", to: "a")
            let lines = String(repeating: "11111111\n", count: 6)
            let sign = try await plugged.run("card", "sign", plugged.folder.path("a"), input: lines)
            #expect(sign.status == 1)
            #expect(sign.complaints.contains("wrong PIN") && sign.complaints.contains("4 tries left"))
            #expect(try plugged.folder.names == ["a", "root.der"])
            // The next one begins with what is left; nor is a line taken for permission once a PIN was wrong.
            let test = try await plugged.run("card", "test", "--key", "signature", input: lines)
            #expect(test.status == 1)
            #expect(test.complaints.contains("(4 tries left)") && test.complaints.contains("3 tries left"))
        }
    }
}
