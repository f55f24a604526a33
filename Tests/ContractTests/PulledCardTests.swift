import DeviceProtocol
import Devices
import Emulation
import Foundation
import ISO7816
import PCSC
import Synchronization
import TestSupport
import Testing
import Verification

/// The card that is pulled, and what it has seen.
private final class ArmedCard: Sendable {
    private let card: VirtualCard
    private let state = Mutex((plan: FaultPlan.none, commands: [[UInt8]]()))

    init(_ card: VirtualCard) { self.card = card }

    var atr: ATR { card.atr }
    /// The commands that have arrived since it was armed, the one that it was pulled at among them.
    var commands: [[UInt8]] { state.withLock { $0.commands } }
    /// Those that brought a PIN.
    var verifications: [[UInt8]] { commands.filter { $0[1] == 0x20 && $0.count > 5 } }
    /// Those that make a signature.
    var signatures: [[UInt8]] { commands.filter { $0[1] == 0x87 || $0[1] == 0x2A && $0[2] == 0x9E } }

    /// Begins to count anew, with a card that knows of no login.
    func arm(_ plan: FaultPlan) {
        state.withLock { $0 = (plan, []) }
        card.powerOn()
    }

    func react(to command: [UInt8]) -> WireCard.Reaction {
        let (plan, number) = state.withLock {
            $0.commands.append(command)
            return ($0.plan, $0.commands.count)
        }
        if plan == .pullBefore(number) { return .pull }
        let answer = card.process(command)
        return plan == .pullAfter(number) ? .pull : .answer(answer)
    }
}

/// A payment through the real pcscd whose card is pulled out while the reader waits for its answer.
///
/// At every command under `make prove`; otherwise at those that matter, and at some of the rest.
@Suite(.timeLimit(.minutes(10))) struct PulledCardTests {
    private let readers = PCSCReaders.patient

    private func isThere(_ content: CardSlot.Content, in reader: String) async throws -> Bool {
        try await eventually { try await readers.slots().first { $0.reader == reader }?.content == content }
    }

    private func ask(_ bank: Bank, of device: CardDevice) async throws -> (challenge: Challenge, presentation: Presentation) {
        let payment = try Payment(
            iban: IBAN("LU28 0019 4006 4475 0000"), amount: Amount(decimal: "12.50", currency: Currency("EUR")), payee: "Boulangerie")
        return try await bank.ask(.payment(payment), of: device)
    }

    private func isPaid(_ response: Response, _ challenge: Challenge, at bank: Bank) async throws -> Bool {
        if case .succeeded = try await bank.operations.submit(response, to: challenge.id) { true } else { false }
    }

    @Test(arguments: ["PIV over T=1", "IAS Classic over T=0"])
    func `the error says what may have happened, and the payment succeeds once the card is back`(kind: String) async throws {
        let bank = try await Bank()
        let armed = ArmedCard(
            kind == "PIV over T=1"
                ? try .piv(holder: "Test Holder", keys: .p256, authority: bank.authority, now: bank.clock.now)
                : try .iasClassic(.v4, holder: "Test Holder", authority: bank.authority, now: bank.clock.now))
        try await PrivatePCSCD.shared.withSlot { slot in
            func insert() async throws -> WireCard {
                try #require(await isThere(.empty, in: slot.reader))
                let wire = WireCard(in: slot, atr: armed.atr.bytes) { armed.react(to: $0) }
                try #require(await isThere(.card(armed.atr, exclusive: false), in: slot.reader))
                return wire
            }
            func holder() -> ScriptedHolder { ScriptedHolder(pins: [DeviceKindUnderTest.pin, DeviceKindUnderTest.pin]) }

            armed.arm(.none)
            var wire = try await insert()
            defer { wire.pull() }
            var device = try await CardDevice.opening(reader: slot.reader, of: readers, isEmulated: true)
            try await bank.enrol(card: device, as: .smartcard)
            // The same again for a device that has read nothing but what it is: so every later round begins.
            armed.arm(.none)
            device = try await CardDevice.opening(reader: slot.reader, of: readers, isEmulated: true)
            let offset = armed.commands.count
            let (challenge, presentation) = try await ask(bank, of: device)
            #expect(try await isPaid(device.respond(to: presentation, with: holder()), challenge, at: bank))
            let whole = armed.commands
            #expect(armed.verifications.count == 1 && armed.signatures.count == 1)
            let verify = try #require(whole.firstIndex(of: armed.verifications[0])) + 1
            let sign = try #require(whole.firstIndex(of: armed.signatures[0])) + 1

            let numbers = Proof.isWhole ? Array(offset + 1...whole.count) : Set([offset + 1, verify, sign, whole.count]).sorted()
            var pulls = 0
            for number in numbers {
                for plan in [FaultPlan.pullBefore(number), .pullAfter(number)] {
                    armed.arm(plan)
                    device = try await CardDevice.opening(reader: slot.reader, of: readers, isEmulated: true)
                    let (challenge, presentation) = try await ask(bank, of: device)
                    do throws(DeviceError) {
                        _ = try await device.respond(to: presentation, with: holder())
                        Issue.record("\(plan): nobody pulled")
                    } catch {
                        #expect(error.code == (armed.signatures.isEmpty ? .removed : .indeterminate), "\(plan): \(error)")
                        let losesPIN = armed.commands.last == armed.verifications.last
                        #expect(error.description.contains("try may have been spent") == losesPIN, "\(plan): \(error)")
                    }
                    #expect(armed.commands.count == number && armed.verifications.count <= 1 && armed.signatures.count <= 1, "\(plan)")
                    armed.arm(.none)
                    wire = try await insert()
                    let back = holder()
                    #expect(try await isPaid(device.respond(to: presentation, with: back), challenge, at: bank), "\(plan), put back")
                    #expect(armed.verifications.count == 1 && armed.signatures.count == 1, "\(plan), put back")
                    // All tries are there: nobody was asked for the last one, or told of a wrong one.
                    #expect(
                        back.events.contains { if case .askedPIN(let request) = $0 { request.triesLeft == 5 } else { false } }, "\(plan)")
                    pulls += 1
                }
            }
            print("pulled \(pulls) times through pcscd: \(kind)")
        }
    }
}
