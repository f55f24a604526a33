import DeviceProtocol

/// How an operation goes on: an event comes in, a new state and what to do with it come out.
///
/// It decides and touches nothing. Whoever carries out its actions does so in the transaction that stores the state.
struct OperationMachine: Hashable, Sendable {
    /// What happened.
    enum Event: Hashable, Sendable {
        /// An attached device is about to run what must not be repeated.
        case claimed
        /// The answer was right.
        case accepted(Evidence)
        /// The answer was wrong.
        case rejected
        /// An answer came after the end of the challenge's time; it is not looked at.
        case answeredLate
        /// The client takes the request back.
        case cancelled
        /// The person said no, broke off or did not react, so that nothing was signed.
        case declined(DeviceFailure)
        /// The device failed, and nothing was signed.
        case failed(DeviceFailure)
        /// The device failed, and may have signed.
        case lost
        /// The challenge's time is over, and no answer came.
        case lapsed
    }

    /// What belongs to the new state.
    enum Action: Hashable, Sendable {
        /// Count a wrong answer on the enrolment.
        case countFailure
        /// Forget the wrong answers on the enrolment.
        case resetFailures
    }

    /// Where the operation stands.
    private(set) var state: Operation.State

    /// Takes an event; `nil`, and no change, when it cannot happen in this state.
    mutating func handle(_ event: Event) -> [Action]? {
        switch (state, event) {
        case (.pending, .claimed):
            state = .working
            return []
        case (.pending, .accepted(let evidence)), (.working, .accepted(let evidence)):
            return end(.succeeded(evidence), [.resetFailures])
        case (.pending, .rejected), (.working, .rejected):
            return end(.refused, [.countFailure])
        case (.pending, .answeredLate), (.pending, .lapsed):
            return end(.expired)
        case (.pending, .cancelled):
            return end(.cancelled(nil))
        case (.pending, .declined(let refusal)), (.working, .declined(let refusal)):
            return end(.cancelled(refusal))
        case (.pending, .failed(let failure)), (.working, .failed(let failure)):
            return end(.failed(failure))
        // A device that was claimed may have signed, and whether its answer or a look at the clock comes first is chance.
        case (.working, .lost), (.working, .lapsed), (.working, .answeredLate):
            return end(.indeterminate)
        case (.working, .claimed), (.working, .cancelled), (.pending, .lost), (.ended, _):
            return nil
        }
    }

    private mutating func end(_ outcome: Outcome, _ actions: [Action] = []) -> [Action] {
        state = .ended(outcome)
        return actions
    }
}

extension OperationMachine.Event {
    /// What the failure of a device means for the operation.
    init(_ error: DeviceError) {
        switch error.code {
        case .declined, .cancelled, .timedOut: self = .declined(DeviceFailure(error))
        case .indeterminate: self = .lost
        default: self = .failed(DeviceFailure(error))
        }
    }
}
