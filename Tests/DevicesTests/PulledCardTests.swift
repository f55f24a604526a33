import CardApplications
import DeviceProtocol
import Emulation
import ISO7816
import TestSupport
import Testing

/// The card is pulled before and after every single command of every flow, and put back.
///
/// Whole under `make prove`; otherwise around the commands that matter, and a sample of the rest.
@Suite(.timeLimit(.minutes(10))) struct PulledCardTests {
    /// One pull: where, and what is known of the place.
    private struct Pull: CustomStringConvertible {
        let flow: PulledFlow
        /// The command in the flow, counted from 0.
        let place: Int
        /// Whether the command still runs, and only its answer is lost.
        let isAfter: Bool
        /// The commands from insertion to the flow.
        let offset: Int
        /// The flow as it goes when nobody pulls.
        let whole: PulledBench.Conversation

        var description: String { "\(flow), \(faults) (\(offset) before)" }
        var faults: FaultPlan { isAfter ? .pullAfter(offset + place + 1) : .pullBefore(offset + place + 1) }
        /// Whether the command with the PIN is the one whose answer is lost, as far as anybody on this side knows.
        var losesPIN: Bool { whole.secrets.contains(place) }
        /// Whether the card has seen the PIN.
        var spendsPIN: Bool { whole.secrets.contains { $0 < place || $0 == place && isAfter } }
        /// Whether a signature may have been made.
        var risksSignature: Bool { whole.signature.map { place >= $0 } ?? false }
        /// Whether the PIN or the signature is near.
        var matters: Bool { (whole.secrets + [whole.signature ?? -2]).contains { abs($0 - place) <= 1 } }
    }

    @Test(arguments: PulledCard.allCases)
    func `whenever the card is pulled, the error says what may have happened, and the card put back does it all`(kind: PulledCard)
        async throws
    {
        let bench = try PulledBench(kind)
        var pulls: [Pull] = []
        for flow in kind.flows { pulls += try await self.pulls(in: flow, on: bench) }
        let chosen = Proof.isWhole ? pulls : pulls.filter(\.matters) + Proof.cases(pulls.filter { !$0.matters }, sample: 20)
        for pull in chosen { try await check(pull, on: bench) }
        print("pulled \(chosen.count) times of \(pulls.count): \(kind.rawValue), \(kind.flows.count) flows")
    }

    /// Goes through the flow without harm, and lists its commands.
    private func pulls(in flow: PulledFlow, on bench: PulledBench) async throws -> [Pull] {
        if flow == .unblock { bench.block() }
        try bench.insert()
        let run = try await bench.prepared(flow)
        let offset = bench.takeConversation().commands.count
        if let error = await failure(of: run, with: bench.holder(for: flow)) { #expect(flow == .wrongPIN && error.code == .wrongPIN) }
        let whole = bench.takeConversation()
        if flow.setsPIN { bench.exchangePINs() }
        if flow == .wrongPIN { #expect(await failure(of: run, with: bench.holder(for: .check)) == nil) }
        _ = bench.takeConversation()
        #expect(whole.secrets.count == (flow == .open ? 0 : 1))
        #expect(whole.signatures == ([.document, .anotherDocument, .login, .payment].contains(flow) ? 1 : 0))
        return whole.commands.indices.flatMap { place in
            [false, true].map { Pull(flow: flow, place: place, isAfter: $0, offset: offset, whole: whole) }
        }
    }

    private func check(_ pull: Pull, on bench: PulledBench) async throws {
        if pull.flow == .unblock { bench.block() }
        try bench.insert(pull.faults)
        let run = try await bench.prepared(pull.flow)
        _ = bench.takeConversation()
        let holder = bench.holder(for: pull.flow)
        let failure = try #require(await failure(of: run, with: holder), "\(pull)")
        #expect(bench.isPulled, "\(pull)")

        #expect(failure.code == (pull.risksSignature ? .indeterminate : .removed), "\(pull): \(failure.sentence)")
        #expect(failure.sentence.contains("try may have been spent") == pull.losesPIN, "\(pull): \(failure.sentence)")
        let mayHaveChanged = pull.losesPIN && pull.flow.setsPIN
        #expect(failure.sentence.contains("may or may not have changed") == mayHaveChanged, "\(pull): \(failure.sentence)")

        let sent = bench.takeConversation()
        #expect(sent.commands.count == pull.place + 1, "\(pull): nothing is sent after the pull")
        #expect(sent.secrets.count <= 1 && sent.signatures <= 1, "\(pull)")
        #expect(holder.pinRequests.count <= (pull.flow.setsPIN ? 3 : 1), "\(pull)")

        if pull.flow.setsPIN, pull.spendsPIN { bench.exchangePINs() }
        try bench.insert()
        #expect(try await bench.pinState() == stateAfter(pull), "\(pull)")
        // A wrong PIN is not typed twice; whatever else it was goes through now.
        let again = pull.flow == .wrongPIN ? .check : pull.flow
        let second = await self.failure(of: run, with: bench.holder(for: again))
        #expect(second == nil, "\(pull), put back: \(second?.sentence ?? "")")
        if pull.flow.setsPIN { bench.exchangePINs() }
        let repeated = bench.takeConversation()
        #expect(repeated.secrets.count <= 1 && repeated.signatures <= 1, "\(pull), put back")
        #expect(try await bench.pinState() == .triesLeft(PulledCard.tries), "\(pull), put back")
    }

    /// What the one command with the PIN explains: a right PIN whose answer was lost was right all the same.
    private func stateAfter(_ pull: Pull) -> PINState {
        switch pull.flow {
        case .wrongPIN where pull.spendsPIN: .triesLeft(PulledCard.tries - 1)
        case .unblock where !pull.spendsPIN: .blocked
        default: .triesLeft(PulledCard.tries)
        }
    }

    /// Why a flow failed, whichever joint says so; `nil` when it did not.
    private func failure(of run: PulledBench.Run, with holder: ScriptedHolder) async -> (code: DeviceError.Code?, sentence: String)? {
        do {
            try await run(holder)
            return nil
        } catch let error as DeviceError {
            return (error.code, "\(error)")
        } catch {
            return ((error as? CardError)?.code == .removed ? .removed : nil, "\(error)")
        }
    }
}
