import DeviceProtocol
import SQLiteStore
import Testing
import Verification

/// A bank with alice as its customer, whose whole store is compared before and after.
struct WatchedBank: Sendable {
    let customers: TestCustomers
    private let folder: TemporaryFolder

    var bank: TestBank { customers.bank }

    init() async throws {
        folder = try TemporaryFolder()
        customers = try TestCustomers(store: SQLiteStore(at: folder.path("bank.sqlite"), mark: .test))
        try await customers.admitAlice()
    }

    func contents() throws -> StoreContents { try StoreContents(of: folder.path("bank.sqlite")) }

    /// The sentence of an error with its next step, when `body` is refused; the store must then be as it was.
    ///
    /// - Parameter changed: the tables that a refusal may write into: counted strangers, the audit log.
    func refusal(
        of what: String, changing changed: [String] = [], _ body: () async throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let before = try contents()
        var text = ""
        do {
            try await body()
            Issue.record("\(what) was not refused", sourceLocation: sourceLocation)
        } catch {
            let (sentence, hint) = try #require(Self.text(of: error), "\(what): \(error)", sourceLocation: sourceLocation)
            for part in [sentence, hint] {
                #expect(part.count > 10 && part.contains(" ") && !part.hasSuffix("."), "\(what): \(part)", sourceLocation: sourceLocation)
                #expect(part.utf8.count < 1000, "\(what): a sentence, not what was typed", sourceLocation: sourceLocation)
            }
            #expect(sentence != hint, sourceLocation: sourceLocation)
            text = sentence
        }
        #expect(try contents().changes(since: before) == changed, "\(what)", sourceLocation: sourceLocation)
        return text
    }

    /// What is told of an error.
    private static func text(of error: any Error) -> (sentence: String, hint: String)? {
        switch error {
        case let error as SubscriberError: (error.description, error.hint)
        case let error as VerificationError: (error.description, error.hint)
        case let error as ContentError: (error.description, VerificationError.content(error).hint)
        case let error as CertificateRefusal: (error.description, error.hint)
        default: nil
        }
    }
}
