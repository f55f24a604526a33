import DeviceProtocol
import Emulation
import Foundation
import TestSupport
import Testing
import Verification

/// What holds for every ``Device``, whatever it is and whatever lies between it and the program.
@Suite struct DeviceContractTests {
    typealias Kind = DeviceKindUnderTest

    private func login() throws -> Challenge.Content { .login(try Login(place: "Luxembourg", browser: "a test")) }

    private func payment(_ amount: String = "12.50", to payee: String = "Boulangerie du Coin") throws -> Challenge.Content {
        .payment(
            try Payment(
                iban: IBAN("LU28 0019 4006 4475 0000"), amount: Amount(decimal: amount, currency: Currency("EUR")), payee: payee,
                reference: "Invoice 7"))
    }

    private func holder() -> ScriptedHolder { ScriptedHolder(pins: [Kind.pin, Kind.pin]) }

    @Test(arguments: Kind.allCases)
    func `a login and a payment succeed, and the evidence says what binds them`(kind: Kind) async throws {
        let bank = try await Bank()
        try await kind.with(bank) { device in
            for content in [try login(), try payment()] {
                bank.clock.move(by: 30)
                let (challenge, presentation) = try await bank.ask(content, of: device)
                let outcome = try await bank.operations.submit(device.respond(to: presentation, with: holder()), to: challenge.id)
                guard case .succeeded(let evidence) = outcome else {
                    Issue.record("\(outcome)")
                    continue
                }
                #expect(evidence.binding == (device.descriptor.capabilities.contains(.bindsContent) ? .content : .operation))
                #expect(evidence.device == device.descriptor.id)
                #expect(evidence.kind == device.descriptor.kind)
                #expect(evidence.subscriber == bank.subscriber.rawValue)
                #expect(evidence.shown == challenge.summary)
                #expect(evidence.acceptedAt == bank.clock.now)
                #expect(evidence.isEmulated)
            }
        }
    }

    @Test(arguments: Kind.allCases)
    func `a device is presented the one form that it takes, and takes no other`(kind: Kind) async throws {
        let bank = try await Bank()
        try await kind.with(bank) { device in
            let (challenge, presentation) = try await bank.ask(try payment(), of: device)
            #expect(presentation.form == device.descriptor.takes)
            for other in [Presentation.nothing, .sealed("SC1:00"), .plain(challenge)] where other.form != device.descriptor.takes {
                let holder = holder()
                await #expect(throws: DeviceError(.notSupported, "")) { try await device.respond(to: other, with: holder) }
                #expect(holder.events.isEmpty, "nobody is asked for what cannot be answered")
            }
        }
    }

    @Test(arguments: Kind.allCases)
    func `the person is shown the operation as it is, before anything is answered`(kind: Kind) async throws {
        let bank = try await Bank()
        try await kind.with(bank) { device in
            let holder = holder()
            let (challenge, presentation) = try await bank.ask(try payment(), of: device)
            _ = try await device.respond(to: presentation, with: holder)
            let shown = holder.events.map(\.summary)
            #expect(shown.allSatisfy { $0 == challenge.summary })
            #expect(shown.isEmpty == (device.descriptor.takes == .nothing))
        }
    }

    @Test(arguments: Kind.allCases)
    func `the PIN is asked where the device has one, and nowhere else`(kind: Kind) async throws {
        let bank = try await Bank()
        try await kind.with(bank) { device in
            let holder = holder()
            let (_, presentation) = try await bank.ask(try payment(), of: device)
            _ = try await device.respond(to: presentation, with: holder)
            let asked = holder.events.contains { if case .askedPIN = $0 { true } else { false } }
            #expect(asked == device.descriptor.capabilities.contains(.asksPIN))
        }
    }

    @Test(arguments: Kind.asking, [HolderError.declined, .cancelled, .timedOut])
    func `a person who does not agree has answered nothing`(kind: Kind, refusal: HolderError) async throws {
        let bank = try await Bank()
        try await kind.with(bank) { device in
            let (challenge, presentation) = try await bank.ask(try payment(), of: device)
            do {
                _ = try await device.respond(to: presentation, with: ScriptedHolder(refusal: refusal))
                Issue.record("the device answered")
            } catch let error as DeviceError {
                #expect(error == DeviceError(refusal, ""))
                #expect(try await bank.operations.report(error, for: challenge.id).outcome == .cancelled(DeviceFailure(error)))
            }
        }
    }

    @Test(arguments: Kind.asking)
    func `an answer to one payment is no answer to another`(kind: Kind) async throws {
        let bank = try await Bank()
        try await kind.with(bank) { device in
            let (_, seen) = try await bank.ask(try payment("12.50"), of: device)
            let (other, _) = try await bank.ask(try payment("1250.00"), of: device)
            let response = try await device.respond(to: seen, with: holder())
            #expect(try await bank.operations.submit(response, to: other.id) == .refused)
        }
    }

    @Test(arguments: Kind.allCases)
    func `an answer is good once`(kind: Kind) async throws {
        let bank = try await Bank()
        try await kind.with(bank) { device in
            let (first, presentation) = try await bank.ask(try login(), of: device)
            let response = try await device.respond(to: presentation, with: holder())
            #expect(try await bank.operations.submit(response, to: first.id).name == "succeeded")
            let (second, _) = try await bank.ask(try login(), of: device)
            #expect(try await bank.operations.submit(response, to: second.id) == .refused)
        }
    }

    @Test(arguments: Kind.allCases)
    func `an answer that comes too late is not looked at`(kind: Kind) async throws {
        let bank = try await Bank()
        try await kind.with(bank) { device in
            let (challenge, presentation) = try await bank.ask(try login(), of: device)
            let response = try await device.respond(to: presentation, with: holder())
            bank.clock.move(by: 121)
            #expect(try await bank.operations.submit(response, to: challenge.id) == .expired)
        }
    }

    @Test(arguments: Kind.allCases)
    func `five wrong answers in a row block the device at the bank`(kind: Kind) async throws {
        let bank = try await Bank()
        try await kind.with(bank) { device in
            for _ in 1...5 {
                let (challenge, _) = try await bank.ask(try login(), of: device)
                let wrong: Response =
                    device.descriptor.capabilities.contains(.signs) ? .signature([0], certificates: []) : .code("00000000")
                #expect(try await bank.operations.submit(wrong, to: challenge.id) == .refused)
            }
            #expect(try await bank.enrolments.enrolment(of: device.descriptor.id)?.state == .blocked)
            await #expect(throws: VerificationError.self) { try await bank.ask(try login(), of: device) }
        }
    }
}

extension ScriptedHolder.Event {
    fileprivate var summary: Summary? {
        switch self {
        case .shown(.insertCard): nil
        case .shown(.enterPINOnPinpad(let request)), .askedPIN(let request), .askedLastTry(let request): request.summary
        case .shown(.confirmOnDevice(let summary)), .askedConsent(let summary): summary
        }
    }
}
