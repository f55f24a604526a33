import Emulation
import Foundation
import ISO7816
import PCSC
import Synchronization
import TestSupport
import Testing

@testable import tessera

/// What goes wrong with a card behind the real pcscd, and what the driver makes of what pcscd says of it.
@Suite(.timeLimit(.minutes(20))) struct FaultsThroughPCSCDTests {
    private static let patience = Duration.seconds(60)

    /// At VERIFY with the PIN (the second one: the first only asks) and at the signature.
    private static let lines =
        ["VERIFY 2", "GENERAL AUTHENTICATE 1"].flatMap { place in
            [
                "pull before", "pull after", "power loss before", "power loss after", "empty answer after", "garbage after",
                "truncated answer after",
                "status 6F00 before", "reset before", "other program selects before", "delay 500 ms after", "endless 61xx after",
                "over-long answer after",
                "empty answer before", "garbage before", "delay 500 ms before",
            ].map { "\($0) \(place)" }
        } + ["power loss before write 1", "power loss after write 1", "power loss before write 2", "power loss after write 2"]

    @Test func `every fault ends in a classified failure, and the card put back signs`() async throws {
        let readers = PCSCReaders(
            deadlines: PCSCDeadlines(
                connect: Self.patience, beginTransaction: Self.patience, transmit: Self.patience, status: Self.patience))
        let card = try VirtualCard.piv(holder: "Test Holder", keys: .p256, authority: TestAuthority(now: Date()), now: Date())
        try await PrivatePCSCD.shared.withSlot { slot in
            func holds(_ content: CardSlot.Content) async throws -> Bool {
                try await eventually { try await readers.slots().first { $0.reader == slot.reader }?.content == content }
            }
            func run(_ plan: FaultPlan) async throws -> (outcome: FaultRun.Outcome, commands: [CommandRecord]) {
                try #require(await holds(.empty))
                let seen = Mutex<[CommandRecord]>([])
                let place = try await VPCDSlot.inserting(card, host: "127.0.0.1", port: slot.port, patience: .patient, faults: plan) {
                    record in
                    seen.withLock { $0.append(record) }
                }
                try #require(await holds(.card(card.atr, exclusive: false)))
                let outcome = await FaultBench.answer(.signature, in: slot.reader, of: readers)
                await place.remove()
                return (outcome, seen.withLock { $0 })
            }

            var outcomes: [String: Int] = [:]
            for line in Proof.cases(Self.lines, sample: 12) {
                let plan = try #require(FaultPlan(line))
                let before = card.retryCounters
                let (outcome, commands) = try await run(plan)
                let judgement = FaultJudgement(
                    flow: .signature, outcome: outcome, commands: commands, before: before, after: card.retryCounters,
                    isThroughVPCD: true)
                #expect(judgement.problems.isEmpty, "\(line): \(outcome)")
                #expect(commands.contains { !$0.faults.isEmpty }, "\(line): nothing happened")
                outcomes[outcome.word, default: 0] += 1
                let (again, repeated) = try await run(.none)
                #expect(again == .signed && repeated.count(where: \.bringsPIN) == 1, "\(line), put back: \(again)")
                #expect(card.retryCounters == before, "\(line), put back")
            }
            #expect(outcomes["signed", default: 0] < outcomes.values.reduce(0, +))
            print("faults through pcscd: \(outcomes.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", "))")
        }
    }
}
