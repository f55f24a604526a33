import DeviceProtocol
import Emulation
import Foundation
import Synchronization

extension EmulatedDevice {
    /// All that can be seen of it now.
    public var seen: EmulatorState {
        eye.withLock { _ in
            let (change, clock) = (state.withLock { $0.change }, clock?.setting)
            var seen = look(numbered: change)
            seen.change = number(of: EmulatorState.Appearance(seen, clock: clock), since: change)
            return seen
        }
    }

    /// The number under which a state is told: one number never means two states.
    ///
    /// What changes is seen a moment before it is counted. Then it is counted here, and once more by whoever changed it.
    private func number(of seen: EmulatorState.Appearance, since change: Int) -> Int {
        state.withLock { state in
            let isCounted = state.change == change && (state.seen == nil || state.seen == seen)
            if !isCounted { state.change = news.count() }
            state.seen = seen
            return state.change
        }
    }

    private func look(numbered change: Int) -> EmulatorState {
        let (owner, outcome) = state.withLock { ($0.owner, $0.look.outcome) }
        var (subscriber, order): (String?, String?)
        switch owner {
        case .subscriber(let name): subscriber = name
        case .order(let name): order = name
        case nil: break
        }
        return EmulatorState(
            id: id, kind: kind, device: made?.id, name: name, isInferred: isInferred, behaviour: person.behaviour, subscriber: subscriber,
            order: order, clock: clock.map { EmulatorState.Clock(now: $0.now, offset: $0.offset, drift: $0.drift) }, token: token,
            screen: screen, card: card, prompt: person.prompt.map(EmulatorState.Prompt.init),
            answer: outcome.map(EmulatorState.Answer.init),
            change: change)
    }

    private var name: String {
        switch part {
        case .token(let device): device.descriptor.name
        case .scan(let device): device.descriptor.name
        case .mobile(let device): device.descriptor.name
        case .card(let slot): "\(kind == .stick ? "Signing stick" : kind == .eid ? "eID" : "Smartcard") in \(slot.reader)"
        }
    }

    private var isInferred: Bool {
        if case .card(let slot) = part { slot.model.isInferred } else { false }
    }

    private var token: EmulatorState.Token? {
        guard case .token(let token) = part else { return nil }
        return EmulatorState.Token(token)
    }

    private var screen: EmulatorState.Screen? {
        switch part {
        case .scan(let scan): EmulatorState.Screen(scan.screen)
        case .mobile(let mobile): EmulatorState.Screen(mobile.screen)
        case .token, .card: nil
        }
    }

    private var card: EmulatorState.Card? {
        guard case .card(let slot) = part else { return nil }
        return EmulatorState.Card(
            reader: slot.reader, isInserted: slot.isInserted, model: slot.model.rawValue, faults: slot.plan.description,
            struck: slot.struck.map(\.description), holder: slot.holder)
    }
}

extension EmulatorState.Token {
    fileprivate init(_ token: EmulatedToken) {
        let text = token.text
        let clock = token.clock
        hasPower = token.hasPower
        isLit = !text.isEmpty
        self.text = text
        darkIn = token.litUntil.map { max($0.timeIntervalSince(clock), 0) }
        if isLit, case .code(let code, let seconds) = token.display(at: clock) {
            self.code = code
            secondsLeft = seconds
        } else {
            code = nil
            secondsLeft = nil
        }
    }
}

extension EmulatorState.Screen {
    fileprivate init(_ screen: ScanScreen) {
        let (shows, summary, code, reason): (Shows, Summary?, String?, String?) =
            switch screen {
            case .idle: (.idle, nil, nil, nil)
            case .showing(let summary): (.summary, summary, nil, nil)
            case .refused(let refusal): (.refused, nil, nil, refusal.rawValue)
            case .code(let code, let summary): (.code, summary, code, nil)
            }
        self.init(shows: shows, lines: screen.lines, summary: summary, code: code, reason: reason)
    }
}

extension EmulatorState.Prompt {
    fileprivate init(_ prompt: PersonPrompt) {
        self.init(
            number: prompt.number, kind: prompt.kind, name: prompt.name, form: prompt.form, summary: prompt.summary,
            triesLeft: prompt.triesLeft, previousWasWrong: prompt.previousWasWrong, endsAt: prompt.endsAt)
    }
}

extension EmulatorState.Answer {
    init(_ outcome: Look.Outcome) {
        switch outcome {
        case .response(let response): self.init(response)
        case .failure(let error):
            self.init(
                code: nil, signature: nil,
                failure: Failure(code: error.code.rawValue, detail: error.description, userAction: error.hint))
        }
    }

    init(_ response: Response) {
        switch response {
        case .code(let code): self.init(code: code, signature: nil, failure: nil)
        case .signedCode(let code, let signature): self.init(code: code, signature: Data(signature), failure: nil)
        case .signature(let signature, _): self.init(code: nil, signature: Data(signature), failure: nil)
        }
    }
}
