import CardApplications
import DeviceProtocol
import Devices
import Emulation
import Foundation
import ISO7816
import Testing

@Suite struct CardDeviceTests {
    @Test(arguments: Ask.allCases, [CardKeyKind.p256, .rsa2048])
    func `an answer is a signature over what the challenge covers for this device`(request: Ask, keys: CardKeyKind)
        async throws
    {
        let bench = try await CardBench(keys: keys)
        let response = try await bench.respond(to: request, with: ScriptedHolder(pins: ["123456"])).get()
        let challenge = try CardBench.challenge(request)
        #expect(try response.isSignature(over: challenge.coveredBytes(as: .card, by: bench.device.descriptor.id)))
        #expect(try !response.isSignature(over: challenge.coveredBytes(as: .scan, by: bench.device.descriptor.id)))
        #expect(try !response.isSignature(over: challenge.coveredBytes(as: .card, by: DeviceID("another"))))
    }

    @Test func `logins are answered with the authentication key, approvals with the signature key`() async throws {
        let bench = try await CardBench()
        func certificate(for request: Ask) async throws -> [UInt8]? {
            let response = try await bench.respond(to: request, with: ScriptedHolder(pins: ["123456"])).get()
            guard case .signature(_, let certificates) = response else { return nil }
            return certificates.first
        }
        #expect(try await certificate(for: Ask.login) == (try await bench.device.certificate(for: .authentication)))
        #expect(try await certificate(for: Ask.payment) == (try await bench.device.certificate(for: .signature)))
        let login = try await bench.device.certificate(for: .authentication)
        #expect(try await bench.device.certificate(for: .signature) != login)
    }

    @Test func `the PIN is asked with the operation and the tries`() async throws {
        let bench = try await CardBench(tries: 3)
        let holder = ScriptedHolder(pins: ["123456"])
        _ = try await bench.respond(to: Ask.payment, with: holder).get()
        let request = try #require(holder.pinRequests.first)
        #expect(holder.pinRequests.count == 1)
        #expect(request.summary == (try CardBench.challenge(Ask.payment)).summary)
        #expect(request.triesLeft == 3)
        #expect(!request.previousWasWrong)
    }

    @Test func `after a wrong PIN the device asks again and says so`() async throws {
        let bench = try await CardBench(tries: 5)
        let holder = ScriptedHolder(pins: ["000000", "123456"])
        _ = try await bench.respond(to: Ask.payment, with: holder).get()
        #expect(holder.pinRequests.map(\.previousWasWrong) == [false, true])
        #expect(holder.pinRequests.map(\.triesLeft) == [5, 4])
    }

    @Test func `a wrong PIN that nobody corrects is an error with the tries left`() async throws {
        let bench = try await CardBench(tries: 5)
        let result = try await bench.respond(to: Ask.payment, with: ScriptedHolder(pins: ["000000"]))
        #expect(result == .failure(DeviceError(.wrongPIN, "")))
        guard case .failure(let error) = result else { return }
        #expect(error.triesLeft == 4)
        #expect(error.description.contains("4 tries left"))
        #expect(try await bench.pinState() == .triesLeft(4))
    }

    @Test func `the last try is never spent unasked`() async throws {
        let bench = try await CardBench(tries: 3)
        let holder = ScriptedHolder(pins: ["000000", "000001", "123456"])
        #expect(try await bench.respond(to: Ask.payment, with: holder) == .failure(DeviceError(.lastTry, "")))
        #expect(holder.pinRequests.count == 2)
        #expect(try await bench.pinState() == .triesLeft(1))
    }

    @Test func `the last try is spent when the person says so`() async throws {
        let bench = try await CardBench(tries: 3)
        let holder = ScriptedHolder(pins: ["000000", "000001", "123456"], spendsLastTry: true)
        _ = try await bench.respond(to: Ask.payment, with: holder).get()
        #expect(try await bench.pinState() == .triesLeft(3))
    }

    @Test func `the last wrong PIN blocks, and then no PIN is asked for any more`() async throws {
        let bench = try await CardBench(tries: 2)
        let wrong = ScriptedHolder(pins: ["000000", "000001"], spendsLastTry: true)
        #expect(try await bench.respond(to: Ask.payment, with: wrong) == .failure(DeviceError(.blocked, "")))
        let right = ScriptedHolder(pins: ["123456"], spendsLastTry: true)
        #expect(try await bench.respond(to: Ask.payment, with: right) == .failure(DeviceError(.blocked, "")))
        #expect(right.pinRequests.isEmpty)
    }

    @Test(arguments: ["", "12345", "123456789"])
    func `a PIN that the card cannot have costs no try`(pin: String) async throws {
        let bench = try await CardBench(tries: 3)
        #expect(
            try await bench.respond(to: Ask.payment, with: ScriptedHolder(pins: [pin])) == .failure(DeviceError(.unsuitablePIN, "")))
        #expect(try await bench.pinState() == .triesLeft(3))
    }

    @Test(arguments: [
        (HolderError.declined, DeviceError.Code.declined), (.cancelled, .cancelled), (.timedOut, .timedOut),
        (.unavailable, .holderUnavailable),
    ])
    func `a person who gives no PIN has signed nothing`(refusal: HolderError, code: DeviceError.Code) async throws {
        let bench = try await CardBench(tries: 3)
        let result = try await bench.respond(to: Ask.payment, with: ScriptedHolder(refusal: refusal))
        #expect(result == .failure(DeviceError(code, "")))
        #expect(try await bench.pinState() == .triesLeft(3))
    }

    @Test(arguments: [Presentation.nothing, .sealed("SC1:00")])
    func `a card takes the challenge itself and nothing else`(presentation: Presentation) async throws {
        let bench = try await CardBench()
        await #expect(throws: DeviceError(.notSupported, "")) {
            try await bench.device.respond(to: presentation, with: ScriptedHolder(pins: ["123456"]))
        }
    }

    @Test func `another card in the reader does not answer in its place`() async throws {
        let bench = try await CardBench()
        let other = try await CardBench(reader: "Virtual Reader 01")
        bench.readers.pull(from: CardBench.reader)
        other.readers.pull(from: "Virtual Reader 01")
        try bench.readers.insert(other.card, in: CardBench.reader)
        let holder = ScriptedHolder(pins: ["123456"])
        #expect(try await bench.respond(to: Ask.login, with: holder) == .failure(DeviceError(.removed, "")))
        #expect(holder.pinRequests.isEmpty)
    }

    @Test func `an empty reader is said`() async throws {
        let bench = try await CardBench()
        bench.readers.pull(from: CardBench.reader)
        #expect(try await bench.respond(to: Ask.login, with: ScriptedHolder()) == .failure(DeviceError(.cardMissing, "")))
    }

    @Test func `a card that another program holds is said`() async throws {
        let bench = try await CardBench()
        let session = try bench.readers.open(CardBench.reader)
        #expect(try await bench.respond(to: Ask.login, with: ScriptedHolder()) == .failure(DeviceError(.heldByAnotherProgram, "")))
        await session.end(.leave)
        _ = try await bench.respond(to: Ask.login, with: ScriptedHolder(pins: ["123456"])).get()
    }

    @Test func `no login outlives its answer`() async throws {
        let bench = try await CardBench()
        for _ in 1...2 {
            let holder = ScriptedHolder(pins: ["123456"])
            _ = try await bench.respond(to: Ask.login, with: holder).get()
            #expect(holder.pinRequests.count == 1)
        }
    }

    @Test func `a document is signed after its summary was shown`() async throws {
        let bench = try await CardBench()
        let holder = ScriptedHolder(pins: ["123456"])
        let summary = Summary(title: "Document", lines: [.init("File", "contract.pdf")])
        let response = try await bench.device.sign(document: Array("agreed".utf8), with: .signature, showing: summary, to: holder)
        #expect(try response.isSignature(over: Array("agreed".utf8)))
        #expect(holder.pinRequests.map(\.summary) == [summary])
    }

    @Test func `a document that would pass for an answer to a challenge is refused`() async throws {
        let bench = try await CardBench()
        let disguised = try CardBench.challenge(Ask.payment).coveredBytes(as: .card, by: bench.device.descriptor.id)
        let holder = ScriptedHolder(pins: ["123456"])
        await #expect(throws: DeviceError(.notSupported, "")) {
            try await bench.device.sign(document: disguised, with: .signature, showing: Summary(title: "", lines: []), to: holder)
        }
        #expect(holder.pinRequests.isEmpty)
    }

    @Test func `the reader tells a stick from a card`() async throws {
        #expect(try await CardBench().device.descriptor.kind == .smartcard)
        #expect(try await CardBench(reader: "Gemalto USB Shell Token V2 (1234) 00 00").device.descriptor.kind == .stick)
    }

    @Test func `the device's name for ever is its authentication certificate's`() async throws {
        let bench = try await CardBench()
        let again = try await CardDevice.opening(reader: CardBench.reader, of: bench.readers, isEmulated: true)
        #expect(again.descriptor.id == bench.device.descriptor.id)
        #expect(bench.device.descriptor.id.rawValue.count == 32)
        #expect(try await CardBench().device.descriptor.id != bench.device.descriptor.id)
    }

    @Test func `a login that another program left behind is nobody's consent`() async throws {
        let bench = try await CardBench()
        let other = try bench.readers.open(CardBench.reader)
        _ = try await other.send(CommandAPDU(instruction: 0xA4, p1: 0x04, data: [0xA0, 0x00, 0x00, 0x03, 0x08], expectedLength: 256))
        let verified = try await other.send(CommandAPDU(instruction: 0x20, p2: 0x80, data: Array("123456".utf8) + [0xFF, 0xFF]))
        #expect(verified.status == .success)
        await other.end(.leave)
        let holder = ScriptedHolder(refusal: .declined)
        #expect(try await bench.respond(to: Ask.login, with: holder) == .failure(DeviceError(.declined, "")))
        #expect(holder.pinRequests.count == 1)
    }
}
