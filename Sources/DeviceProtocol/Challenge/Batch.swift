import Crypto

/// Several payments in one currency that are agreed to together.
///
/// RTS Art. 5(3)(b) wants the answer specific to the total and to the payees. Up to four payments are listed, and all of them are
/// shown. More are admitted only when all payees are trusted beneficiaries: total and count are shown, and the answer covers the
/// hash of the list.
public struct Batch: Hashable, Sendable {
    /// One payment of it.
    public struct Transfer: Hashable, Sendable {
        /// The account that receives it.
        public let iban: IBAN
        /// Who receives it, at most 105 bytes.
        public let payee: DisplayText
        /// How much.
        public let amount: Amount

        /// A payment of checked parts.
        ///
        /// - Throws: ``ContentError`` for a name that cannot be shown whole and plainly.
        public init(iban: IBAN, payee: String, amount: Amount) throws(ContentError) {
            self.iban = iban
            self.payee = try DisplayText(payee, field: "payee", limit: Payment.payeeLimit)
            self.amount = amount
        }
    }

    /// How a challenge carries the payments.
    public enum Transfers: Hashable, Sendable {
        /// All of them, 1 to 4.
        case listed([Transfer])
        /// To trusted beneficiaries only: SHA-256 (FIPS 180-4) over the DER of all of them in their order, 32 bytes.
        case trusted(digest: [UInt8])
    }

    /// The most payments that are listed, and so that can go to anybody.
    public static let listedLimit = 4
    /// The most payments of a batch.
    public static let countLimit = 99_999

    /// The sum.
    public let total: Amount
    /// How many payments, 1 to 99,999.
    public let count: Int
    /// The payments.
    public let transfers: Transfers

    /// A batch of the payments in their order.
    ///
    /// - Parameter payeesAreTrusted: whether the bank vouches that every payee is a trusted beneficiary (RTS Art. 13).
    /// - Throws: ``ContentError/invalidBatch(_:)`` for none, more than four to payees that are not all trusted, more than 99,999, or more
    ///   than one currency; ``ContentError/amountOutOfRange`` when the sum has more than 15 digits.
    public init(_ transfers: [Transfer], payeesAreTrusted: Bool = false) throws(ContentError) {
        guard let currency = transfers.first?.amount.currency else { throw .invalidBatch("it has no payments") }
        guard transfers.allSatisfy({ $0.amount.currency == currency }) else { throw .invalidBatch("it has more than one currency") }
        guard transfers.count <= Self.listedLimit || payeesAreTrusted else {
            throw .invalidBatch("of \(transfers.count) payments, \(Self.listedLimit) can be shown, and not all payees are trusted")
        }
        try self.init(
            total: try Self.total(of: transfers, in: currency), count: transfers.count,
            transfers: transfers.count <= Self.listedLimit ? .listed(transfers) : .trusted(digest: try Self.digest(of: transfers)))
    }

    /// A batch whose parts have to agree with each other.
    init(total: Amount, count: Int, transfers: Transfers) throws(ContentError) {
        switch transfers {
        case .listed(let list):
            guard (1...Self.listedLimit).contains(list.count), count == list.count else {
                throw .invalidBatch("it says that it has \(count) payments, and lists \(list.count)")
            }
            guard try Self.total(of: list, in: total.currency) == total else { throw .invalidBatch("its total is not the sum") }
        case .trusted(let digest):
            guard (Self.listedLimit + 1...Self.countLimit).contains(count) else {
                throw .invalidBatch("\(count) payments cannot stand as a hash; \(Self.listedLimit + 1) to \(Self.countLimit) can")
            }
            guard digest.count == SHA256.byteCount else { throw .invalidBatch("its hash has \(digest.count) bytes, not 32") }
        }
        self.total = total
        self.count = count
        self.transfers = transfers
    }

    private static func total(of transfers: [Transfer], in currency: Currency) throws(ContentError) -> Amount {
        var sum: Int64 = 0
        for transfer in transfers {
            // Both are at most 15 digits, so the sum cannot overflow.
            sum += transfer.amount.minorUnits
            guard sum <= Amount.maximum else { throw .amountOutOfRange }
        }
        return try Amount(minorUnits: sum, currency: currency)
    }

    private static func digest(of transfers: [Transfer]) throws(ContentError) -> [UInt8] {
        Array(SHA256.hash(data: try Challenge.encode(transfers)))
    }
}
