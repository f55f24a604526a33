import DeviceProtocol
import Verification

/// What goes on with an order, and the commands that do it.
struct NextStep {
    let step: ActivationStep
    let order: Order
    let profile: ProductProfile
    /// Whether a letter with an initial password is on its way already.
    let hasInitialPassword: Bool
    let store: StoreOptions

    /// How a Scan's or phone's keys come to its order.
    static let pairing = "it is paired at \"tessera serve\", once a program has said which one is sent; Docs/Enrolment.md, \"Pairing\""

    /// The command by which keys come to the order; `nil` for a Scan or phone.
    var registration: String? {
        let command = "tessera device register \(order.id)"
        switch profile.method {
        case .timedCode, .countedCode:
            return "\(command) \(order.record.serial?.rawValue.quotedForShell ?? "SERIAL") --seed-file FILE \(store.words)"
        case .signature: return "\(command) --authentication FILE --signature FILE --root FILE \(store.words)"
        case .scanCode: return nil
        }
    }

    /// One line each.
    private var lines: [String] {
        let activate = "tessera device activate \(order.id) \(store.words)"
        switch step {
        case .keys: return [registration ?? Self.pairing]
        case .initialPassword where !hasInitialPassword:
            return ["tessera subscriber initial-password \(order.subscriber.rawValue.quotedForShell) \(store.words)", activate]
        case .securityQuestions: return ["\(activate) --file FILE"]
        case .approval, .lastApproval:
            return [profile.id == .token ? activate : "the program that shows it submits the device's answer"]
        case .activationCode, .challengeCode, .initialPassword, .newPassword, .serialNumber, .deviceName: return [activate]
        }
    }

    /// What a person reads.
    var text: String { (["Next: \(step.telling)"] + lines.map { "  \($0)" }).joined(separator: "\n") }
}

extension StoreOptions {
    /// Where an order stands, and what comes next.
    func standing(of order: EnrolmentID, at desk: Desk) async throws -> (order: Order, step: ActivationStep?, next: NextStep?) {
        let (order, step) = try await desk.activations.state(of: order)
        return (order, step, try await next(step, of: order, at: desk))
    }

    /// What goes on with an order; `nil` when nothing does.
    func next(_ step: ActivationStep?, of order: Order, at desk: Desk) async throws -> NextStep? {
        guard let step else { return nil }
        let subscriber = try await desk.subscribers.subscriber(order.subscriber)
        return NextStep(
            step: step, order: order, profile: try desk.policy.profile(of: order.product),
            hasInitialPassword: subscriber?.record.initialPassword != nil, store: self)
    }
}
