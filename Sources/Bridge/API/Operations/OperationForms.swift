import DeviceProtocol
import Hummingbird
import Synchronization
import Verification

/// Makes what clients see of operations: the store's part, and what the Runner knows.
final class OperationForms: Sendable {
    private let bank: BankSide
    private let board: Board
    /// An enrolment never changes its product.
    private let known = Mutex<[EnrolmentID: Presentation.Form]>([:])
    private static let limit = 10_000

    init(bank: BankSide, board: Board) {
        self.bank = bank
        self.board = board
    }

    /// One operation as it stands now.
    func form(of operation: Verification.Operation) async throws(StoreError) -> OperationForm {
        if known.withLock({ $0[operation.enrolment] }) == nil {
            let form = try await bank.store.lookUp { [policy = bank.policy] (reader) throws(StoreError) in
                try policy.form(of: operation.enrolment, in: reader)
            }
            if let form { remember([operation.enrolment: form]) }
        }
        return made(operation)
    }

    /// The answer that an operation was begun, or that the same request had begun it.
    func begun(_ operation: Verification.Operation) async throws -> Response {
        try .json(try await form(of: operation), status: .accepted, location: "/v1/operations/\(operation.id)")
    }

    /// A page of what changed, read in one go.
    func changes(after number: Int64, limit: Int) async throws(StoreError) -> [OperationForm] {
        let known = known.withLock { $0 }
        let (operations, new) = try await bank.store.read { [policy = bank.policy] (reader) throws(StoreError) in
            let operations = try reader.operations(changedAfter: number, limit: limit)
            var new: [EnrolmentID: Presentation.Form] = [:]
            for id in Set(operations.map(\.enrolment)) where known[id] == nil { new[id] = try policy.form(of: id, in: reader) }
            return (operations, new)
        }
        remember(new)
        return operations.map(made)
    }

    private func remember(_ new: [EnrolmentID: Presentation.Form]) {
        guard !new.isEmpty else { return }
        known.withLock { known in
            if known.count + new.count > Self.limit { known = [:] }
            known.merge(new) { $1 }
        }
    }

    private func made(_ operation: Verification.Operation) -> OperationForm {
        // Without its product nobody can answer it, and nothing is shown.
        let form = known.withLock { $0[operation.enrolment] } ?? .nothing
        return OperationForm(operation: operation, presentation: form, notes: board.notes(on: operation.id))
    }
}

extension VerificationPolicy {
    /// The form in which the device of an enrolment takes a challenge; `nil` where its product is not known any more.
    fileprivate func form(of id: EnrolmentID, in reader: any StoreReader) throws(StoreError) -> Presentation.Form? {
        guard let product = try reader.product(of: id), let profile = products.first(where: { $0.id == product }) else { return nil }
        switch profile.method {
        case .timedCode, .countedCode: return .nothing
        case .signature: return .plain
        case .scanCode: return .sealed
        }
    }
}
