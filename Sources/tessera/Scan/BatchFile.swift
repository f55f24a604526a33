import DeviceProtocol
import Foundation

/// The payments of a batch, as a JSON file lists them.
enum BatchFile {
    private struct Row: Decodable {
        let iban: String
        let payee: String
        let amount: String
    }

    /// Reads the payments of a file, in their order.
    static func batch(from name: String, in currency: Currency, payeesAreTrusted: Bool) throws -> Batch {
        let bytes = try InputFile.read(name)
        let rows: [Row]
        do { rows = try JSONDecoder().decode([Row].self, from: Data(bytes)) } catch {
            throw Failure(
                "\"\(name)\" does not list the payments of a batch",
                hint: "write [{\"iban\": …, \"payee\": …, \"amount\": \"12.50\"}], see \"tessera scan challenge --help\"", exit: .usage)
        }
        return try Batch(
            rows.map { try Batch.Transfer(iban: IBAN($0.iban), payee: $0.payee, amount: Amount(decimal: $0.amount, currency: currency)) },
            payeesAreTrusted: payeesAreTrusted)
    }
}
