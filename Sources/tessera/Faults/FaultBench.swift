import Devices
import DeviceProtocol
import Emulation
import Foundation
import ISO7816
import Secrets
import Synchronization

/// An emulated card in a virtual reader, the driver before it, and what goes wrong in between.
final class FaultBench {
    private static let reader = "Virtual Reader 00"
    /// What a run may take of real time; on the virtual clock nothing is waited for.
    private static let patience = Duration.seconds(120)
    /// When its certificates are issued and its payments made, in every process.
    static let moment = Date(timeIntervalSince1970: 1_800_000_000)

    let application: EmulatedApplication
    private let folder: PassingFolder
    /// The card, whose lasting memory is a file.
    private let file: CardStateFile
    private let fresh: CardSnapshot
    private let randomness: SeededNumbers

    /// A card that is read and used with the same commands in every process: keys and signatures alone differ, and they
    /// have one length.
    ///
    /// - Parameter seed: of the card's own random numbers.
    init(_ application: EmulatedApplication, keys: CardKeyKind, now: Date = moment, seed: UInt64 = 1) throws {
        self.application = application
        randomness = SeededNumbers(seed: seed)
        let card = try CardRecipe(application: application, isChosen: true, keys: keys)
            .card(holder: "Test Holder", authority: TestAuthority(now: now), now: now)
        guard let fresh = card.snapshot else { throw CardStateError.unusable("its model is not known") }
        self.fresh = fresh
        folder = try PassingFolder("tessera-faults")
        do {
            file = try CardStateFile.create(at: folder.url.appending(path: "card").path, fresh, randomness: randomness)
        } catch {
            // Nobody is there yet to be deinitialised.
            folder.remove()
            throw error
        }
    }

    deinit {
        file.close()
        folder.remove()
    }

    /// Runs a flow with a card fresh in its reader, then one without any fault with the card that its file has.
    func run(_ flow: FaultFlow, _ plan: FaultPlan) async throws -> FaultRun {
        try file.card.restore(fresh, randomness: randomness)
        let before = file.card.retryCounters
        let (outcome, commands) = try await outcome(of: flow, file.card, plan)
        let after = file.card.retryCounters
        let judgement = FaultJudgement(flow: flow, outcome: outcome, commands: commands, before: before, after: after)
        var problems = judgement.problems
        do {
            let kept = try VirtualCard(try CardStateFile.snapshot(of: file.path), randomness: randomness)
            if kept.retryCounters != after { problems.append("the card's file has other counters than the card") }
            // Behind a driver that has not ended, another run would wait as long.
            if outcome != .late { problems += try await failures(of: kept, before) }
        } catch let error as CardStateError {
            problems.append("the card's file does not open: \(error)")
        }
        return FaultRun(
            flow: flow, plan: plan, outcome: outcome, commands: commands, triesLeft: judgement.triesLeft,
            expectedTries: judgement.expectedTries, problems: problems)
    }

    /// What does not fit when the card is put back, and its holder signs.
    private func failures(of card: VirtualCard, _ full: [RetryCounter]) async throws -> [String] {
        var problems: [String] = []
        let (outcome, commands) = try await outcome(of: .signature, card, .none)
        if outcome != .signed { problems.append("put back, the card does not sign: \(outcome.word)") }
        if commands.count(where: \.bringsPIN) != 1 { problems.append("put back, the PIN was sent more than once") }
        if card.retryCounters != full { problems.append("put back, a right PIN has not brought back all tries") }
        return problems
    }

    private func outcome(of flow: FaultFlow, _ card: VirtualCard, _ plan: FaultPlan) async throws -> (FaultRun.Outcome, [CommandRecord]) {
        let readers = VirtualReaders(clock: VirtualClock())
        try readers.attach(Self.reader)
        let seen = SeenCommands()
        try readers.insert(card, in: Self.reader, faults: plan) { seen.append($0) }
        let outcome = await Self.outcome { await Self.answer(flow, in: Self.reader, of: readers) }
        // One that does not end has no card any more.
        readers.pull(from: Self.reader)
        try Task.checkCancellation()
        return (outcome, seen.all)
    }

    /// What comes of `driver`; one that does not end, not even when it is cancelled, keeps nobody waiting.
    static func outcome(
        within patience: Duration = patience, of driver: @escaping @Sendable () async -> FaultRun.Outcome
    ) async -> FaultRun.Outcome {
        let handover = Handover<FaultRun.Outcome, Lateness>()
        let task = Task { _ = handover.put(await driver()) }
        defer { task.cancel() }
        do throws(Lateness) {
            return try await handover.take(within: patience, on: ContinuousClock(), late: Lateness(), onCancel: Lateness())
        } catch {
            return .late
        }
    }

    private struct Lateness: Error {}

    /// What the driver makes of a flow with the card in `reader`.
    static func answer(_ flow: FaultFlow, in reader: String, of readers: some CardSource) async -> FaultRun.Outcome {
        do {
            let challenge = try flow.challenge()
            let device = try await CardDevice.opening(reader: reader, of: readers, isEmulated: true)
            let response = try await device.respond(to: .plain(challenge), with: ScriptedHolder(pins: flow.pins))
            let covered = challenge.coveredBytes(as: .card, by: device.descriptor.id)
            guard case .signature(let signature, let certificates) = response,
                let test = certificates.first.flatMap({ CertificateTest($0, role: flow == .login ? .authentication : .signature) }),
                test.judge(signature, over: covered).result == .ok
            else { return .failed(code: "wrong signature", sentence: "what the device calls a signature is none") }
            return .signed
        } catch let error as DeviceError {
            return .failed(code: error.code.rawValue, sentence: "\(error)")
        } catch let error as CardError {
            return .failed(code: error.word, sentence: "\(error)")
        } catch {
            return .failed(code: "unclassified", sentence: "\(error)")
        }
    }
}

/// What a card has seen, written down on whatever thread it happens.
private final class SeenCommands: Sendable {
    private let commands = Mutex<[CommandRecord]>([])
    var all: [CommandRecord] { commands.withLock { $0 } }
    func append(_ command: CommandRecord) { commands.withLock { $0.append(command) } }
}

extension CardError {
    /// Its code in one word, without the status that a card refused with.
    fileprivate var word: String { if case .refused = code { "refused" } else { "\(code)" } }
}
