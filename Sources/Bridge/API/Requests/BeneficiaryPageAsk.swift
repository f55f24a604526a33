import Foundation
import HTTPDoor
import Verification

/// Which part of a list of trusted beneficiaries is asked for: `?limit=50&cursor=…`.
///
/// That list shrinks, and who is trusted anew moves to its end. So the cursor, opaque to clients, counts nothing: it is the place of the
/// last entry of the page before, which may have gone since.
struct BeneficiaryPageAsk {
    /// Where an entry stands: since when it does, in milliseconds since 1970, and which account it is.
    private struct Place: Comparable {
        let milliseconds: Int64
        let iban: String

        init(of beneficiary: TrustedBeneficiary) {
            milliseconds = max(0, Int64(exactly: (beneficiary.since.timeIntervalSince1970 * 1_000).rounded()) ?? 0)
            iban = beneficiary.iban
        }

        /// As ``text`` has it; `nil` for anything else.
        init?(_ text: String) {
            let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
            guard parts.count == 2, (1...18).contains(parts[0].count), parts[0].allSatisfy({ (0x30...0x39).contains($0) }),
                let milliseconds = Int64(Substring(parts[0])), (1...34).contains(parts[1].count),
                parts[1].allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) })
            else { return nil }
            (self.milliseconds, iban) = (milliseconds, String(Substring(parts[1])))
        }

        var text: String { "\(milliseconds)-\(iban)" }

        static func < (first: Place, second: Place) -> Bool {
            (first.milliseconds, first.iban) < (second.milliseconds, second.iban)
        }
    }

    private let last: Place?
    private let limit: Int

    init(_ query: [String: String]) throws(Problem) {
        limit = try PageAsk.limit(query)
        last = query["cursor"].flatMap { Place($0) }
        guard last != nil || query["cursor"] == nil else {
            throw .invalidRequest("cursor is what the page before has as next")
        }
    }

    /// The part of the list, who has been trusted longest first, and the cursor of the next one.
    func part(of list: [TrustedBeneficiary]) -> (entries: [TrustedBeneficiary], next: String?) {
        let sorted = list.map { (place: Place(of: $0), entry: $0) }.sorted { $0.place < $1.place }
        let rest = sorted.drop { entry in last.map { entry.place <= $0 } ?? false }
        let page = rest.prefix(limit)
        return (page.map { $0.entry }, page.count < rest.count ? page.last?.place.text : nil)
    }
}
