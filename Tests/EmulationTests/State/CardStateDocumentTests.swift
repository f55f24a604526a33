import Crypto
import Foundation
import ISO7816
import Secrets
import TestSupport
import Testing

@testable import Emulation

@Suite struct CardStateDocumentTests {
    private func bytes(_ seal: CardStateSeal? = nil) throws -> [UInt8] {
        try CardStateDocument(TestSnapshots.snapshot(), seal: seal).encoded()
    }

    @Test(arguments: [false, true])
    func `a card comes back as it was written`(isSealed: Bool) throws {
        let seal = isSealed ? try TestSnapshots.seal() : nil
        let document = try CardStateDocument.parsing(try bytes(seal), "card")
        let back = try document.snapshot("card", seal: seal)
        let original = try TestSnapshots.snapshot()
        #expect(back.model == .piv)
        #expect(back.atr == original.atr)
        #expect(back.takesExtendedLength)
        #expect(Set(back.cells.keys) == Set(original.cells.keys))
        let memory = CardMemory(back.cells)
        #expect(memory.bytes("PIV PIN value") == Array("271828".utf8) + [0xFF, 0xFF])
        guard case .secret = memory["PIV PIN value"] else { throw CardStateError.otherCard }
        // The private half is the same: what it signs, the public half that was there before verifies.
        let digest = SHA256.hash(data: Array("a payment".utf8))
        let signature = try #require(memory.key("PIV key 9A")).sign(digest: Array(digest))
        let publicKey = try P256.Signing.PublicKey(derRepresentation: #require(CardMemory(original.cells).key("PIV key 9A")).publicKey())
        #expect(publicKey.isValidSignature(try P256.Signing.ECDSASignature(derRepresentation: signature), for: digest))
    }

    @Test func `a person reads what it is`() throws {
        let text = String(decoding: try bytes(), as: UTF8.self)
        for line in [
            #""format" : "tessera card state","#, #""version" : 1"#, #""model" : "piv","#, #""atr" : "3B80800101","#,
            #""isTestCard" : true,"#, #""bytes" : "BQU=""#,
        ] {
            #expect(text.contains(line), "\(line)")
        }
    }

    @Test func `a sealed card keeps its counters in the clear and its secrets not`() throws {
        let open = String(decoding: try bytes(), as: UTF8.self)
        let sealed = String(decoding: try bytes(TestSnapshots.seal()), as: UTF8.self)
        let pin = Data(Array("271828".utf8) + [0xFF, 0xFF]).base64EncodedString()
        #expect(open.contains(pin))
        #expect(!sealed.contains(pin))
        #expect(sealed.contains(#""bytes" : "BQU=""#))
        #expect(sealed.contains(#""isTestCard" : false,"#))
        let key = try #require(CardMemory(TestSnapshots.snapshot().cells).key("PIV key 9A"))
        let secret = Data(try key.privateKey()).base64EncodedString()
        #expect(open.contains(secret) && !sealed.contains(secret))
        #expect(open.contains(#""key" :"#))
    }

    @Test func `a secret is sealed again when it changes, and only then`() throws {
        let seal = try TestSnapshots.seal()
        var boxes = SealedCells()
        func cells(_ snapshot: CardSnapshot) throws -> (CardStateDocument.Sealed, CardSnapshot) {
            let document = try CardStateDocument(snapshot, seal: seal, reusing: &boxes)
            return (try #require(document.sealed), try document.snapshot("card", seal: seal))
        }
        let first = try cells(TestSnapshots.snapshot())
        let counted = try cells(TestSnapshots.snapshot(tries: 4))
        #expect(first.0.cells == counted.0.cells && first.0.cells.count == 2)
        #expect(first.0.box != counted.0.box && counted.1.tries == 4)
        for (name, value) in [("PIV PIN value", .secret([1, 2])), ("PIV key 9A", .key(try .generate(.p256)))]
            as [(String, CardMemory.Value)]
        {
            let before = try cells(TestSnapshots.snapshot()).0.cells
            let changed = try cells(TestSnapshots.snapshot().with(TestSnapshots.cells(tries: 5).merging([name: value]) { $1 })).0.cells
            #expect(changed.filter { before[$0.key] != $0.value }.map(\.key) == [name])
        }
    }

    @Test func `a sealed cell cannot be put in another's place`() throws {
        let seal = try TestSnapshots.seal()
        let snapshot = try TestSnapshots.snapshot()
        let swapped = snapshot.with(snapshot.cells.merging(["PIV PUK value": .secret([1])]) { $1 })
        let document = try CardStateDocument(swapped, seal: seal)
        var sealed = try #require(document.sealed)
        let (pin, puk) = (sealed.cells["PIV PIN value"], sealed.cells["PIV PUK value"])
        (sealed.cells["PIV PIN value"], sealed.cells["PIV PUK value"]) = (puk, pin)
        var forged = document
        forged.sealed = sealed
        forged.checksum = forged.currentChecksum
        #expect(throws: CardStateError.damaged("card", "what is sealed does not belong to the rest")) {
            try forged.snapshot("card", seal: seal)
        }
    }

    @Test func `the same card is sealed under another nonce each time`() throws {
        let seal = try TestSnapshots.seal()
        #expect(try bytes(seal) != bytes(seal))
    }

    @Test func `who sets a counter back without the passphrase is found out`() throws {
        let seal = try TestSnapshots.seal()
        let honest = try CardStateDocument(TestSnapshots.snapshot(tries: 1), seal: seal)
        // The forger knows the format, and how the checksum is made.
        let other = try CardStateDocument(TestSnapshots.snapshot(tries: 5), seal: seal)
        var text = String(decoding: try other.encoded(), as: UTF8.self)
        let box = (honest.sealed?.box ?? Data()).base64EncodedString()
        text = text.replacingOccurrences(of: (other.sealed?.box ?? Data()).base64EncodedString(), with: box)
        var forged = try JSONDecoder().decode(CardStateDocument.self, from: Data(text.utf8))
        forged.checksum = forged.currentChecksum
        #expect(throws: CardStateError.damaged("card", "what is sealed does not belong to the rest")) {
            try forged.snapshot("card", seal: seal)
        }
    }

    @Test func `a wrong passphrase has an error of its own`() throws {
        let document = try CardStateDocument.parsing(try bytes(TestSnapshots.seal("correct horse")), "card")
        #expect(throws: CardStateError.wrongPassphrase("card")) { try document.seal("card", .copying("Correct horse".utf8)) }
        #expect(throws: CardStateError.passphraseNeeded("card")) { try document.snapshot("card", seal: nil) }
        #expect(try document.snapshot("card", seal: document.seal("card", .copying("correct horse".utf8))).tries == 5)
        let open = try CardStateDocument.parsing(try bytes(), "card")
        #expect(throws: CardStateError.notSealed("card")) { try open.seal("card", .copying("correct horse".utf8)) }
    }

    @Test func `a file that asks for too much work is not worked for`() throws {
        for parameters in [(1 << 21, 8, 1), (1 << 20, 32, 1), (1 << 15, 8, 1000), (3, 8, 1), (0, 8, 1), (-2, 8, 1), (2, 0, 1), (2, 1, 0)] {
            let made = CardStateSeal.Parameters(rounds: parameters.0, blockSize: parameters.1, parallelism: parameters.2)
            #expect(!made.isBearable, "\(parameters)")
        }
        #expect(CardStateSeal.Parameters.usual.isBearable)
    }

    @Test func `scrypt's parameters are those that RFC 7914 computes with`() throws {
        // RFC 7914, 12: "pleaseletmein", "SodiumChloride", N 16384, r 8, p 1.
        let seal = try CardStateSeal.derived(
            from: .copying("pleaseletmein".utf8), salt: Array("SodiumChloride".utf8),
            parameters: .init(rounds: 16384, blockSize: 8, parallelism: 1))
        #expect(seal.check.hexadecimal == "D5432955613F0FCF62D49705242A9AF9E61E85DC0D651E40DFCF017B45575887")
    }

    @Test(arguments: [false, true])
    func `no byte can be changed unnoticed`(isSealed: Bool) throws {
        let seal = isSealed ? try TestSnapshots.seal() : nil
        let whole = try bytes(seal)
        // All that is read back, as it is written in the open.
        func content(_ bytes: [UInt8]) throws(CardStateError) -> [UInt8] {
            try CardStateDocument(CardStateDocument.parsing(bytes, "card").snapshot("card", seal: seal), seal: nil).encoded()
        }
        let original = try content(whole)
        var generator = SeededGenerator(seed: 7)
        for position in Proof.cases(whole.indices, sample: 300) {
            var changed = whole
            changed[position] ^= UInt8.random(in: 1...255, using: &generator)
            do throws(CardStateError) {
                let back = try content(changed)
                // White space between parts carries nothing, nor do the last bits of some Base64.
                #expect(back == original, "byte \(position)")
            } catch {
                switch error {
                case .damaged, .foreign, .newer, .passphraseNeeded: break
                default: Issue.record("byte \(position): \(error)")
                }
            }
        }
    }

    @Test func `another PIN in an open file is found out by the checksum`() throws {
        let pin = Data(Array("271828".utf8) + [0xFF, 0xFF]).base64EncodedString()
        let text = String(decoding: try bytes(), as: UTF8.self)
        let changed = text.replacingOccurrences(of: pin, with: "N\(pin.dropFirst())")
        #expect(changed != text)
        #expect(throws: CardStateError.damaged("card", "its checksum is another one")) {
            try CardStateDocument.parsing(Array(changed.utf8), "card").snapshot("card", seal: nil)
        }
    }

    @Test func `a file that is cut off is damaged, at any length`() throws {
        let whole = try bytes()
        let name = try #require(String(decoding: whole, as: UTF8.self).range(of: CardStateDocument.format))
        let end = String(decoding: whole, as: UTF8.self).utf8.distance(from: "".startIndex, to: name.upperBound)
        for length in Proof.cases(0..<whole.count - 2, sample: 100) {
            let expected: CardStateError = length >= end ? .damaged("card", "it is cut off or mangled") : .foreign("card")
            #expect(throws: expected, "\(length)") { try CardStateDocument.parsing(Array(whole.prefix(length)), "card") }
        }
    }

    @Test func `files of others, and of newer programs, are told apart`() throws {
        for text in ["", "{}", "[]", "hello", #"{"format": "another", "version": 1}"#] {
            #expect(throws: CardStateError.foreign("card"), "\(text)") { try CardStateDocument.parsing(Array(text.utf8), "card") }
        }
        #expect(throws: CardStateError.newer("card", version: 2)) {
            try CardStateDocument.parsing(Array(#"{"format": "tessera card state", "version": 2, "new": []}"#.utf8), "card")
        }
        #expect(throws: CardStateError.damaged("card", "parts of it are missing")) {
            try CardStateDocument.parsing(Array(#"{"format": "tessera card state", "version": 1}"#.utf8), "card")
        }
    }

    @Test(arguments: [CardKeyKind.rsa2048, .p256, .p384])
    func `openssl reads a key as it is written, and finds it sound`(kind: CardKeyKind) async throws {
        let key = try VirtualKey.generate(kind)
        let outcome = try await ChildProgram.run(
            "openssl", ["pkey", "-inform", "DER", "-check", "-noout"], input: Data(try key.privateKey()))
        #expect(outcome.text.contains("Key is valid"), "\(outcome.complaints)")
        #expect(try VirtualKey.parsing(privateKey: key.privateKey()).publicKey() == key.publicKey())
        #expect(try VirtualKey.parsing(privateKey: key.privateKey()).kind == kind)
    }

    @Test func `what is no key of a card is not taken for one`() async throws {
        let whole = try VirtualKey.generate(.p256).privateKey()
        for bytes in [[], Array(whole.dropLast()), whole + [0x00], Array("key".utf8)] {
            #expect(throws: VirtualKeyError.self) { try VirtualKey.parsing(privateKey: bytes) }
        }
        // Curves and kinds that no card here has.
        for algorithm in [["-algorithm", "ED25519"], ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP256r1"]] {
            let made = try await ChildProgram.run("openssl", ["genpkey", "-outform", "DER"] + algorithm)
            #expect(made.status == 0)
            #expect(throws: VirtualKeyError.self) { try VirtualKey.parsing(privateKey: Array(made.output)) }
        }
    }
}
