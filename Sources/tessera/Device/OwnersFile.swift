import DeviceProtocol
import Foundation
import Verification

/// Whose each device is: one `serial,user ID` a line.
enum OwnersFile {
    /// Who holds a device.
    struct Owner {
        let subscriber: SubscriberID
        /// Where that stands in the file.
        let line: Int
    }

    /// Reads a file; a first line `serial,user` is its head.
    ///
    /// - Throws: ``Failure`` with the line's number.
    static func read(_ name: String) throws -> [DeviceID: Owner] {
        guard let text = String(validating: try InputFile.read(name), as: UTF8.self) else {
            throw Failure("\"\(name)\" is not in UTF-8", hint: "write it in UTF-8", exit: .usage)
        }
        var owners: [DeviceID: Owner] = [:]
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() where !line.isEmpty {
            let parts = line.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
            if index == 0, parts == ["serial", "user"] { continue }
            guard parts.count == 2, !line.contains("\""), let device = DeviceID(rawValue: parts[0]),
                let subscriber = SubscriberID(rawValue: parts[1])
            else {
                throw Failure(
                    "line \(index + 1) of \"\(name)\" is not \"serial,user ID\"", hint: "write one device a line, without quotation marks",
                    exit: .usage)
            }
            guard owners.updateValue(Owner(subscriber: subscriber, line: index + 1), forKey: device) == nil else {
                throw Failure(
                    "line \(index + 1) of \"\(name)\" names \(device) again", hint: "a device has one owner: take a line out", exit: .usage)
            }
        }
        return owners
    }
}
