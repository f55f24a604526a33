import Crypto
import Foundation
import ScanChallenge

/// A sealed payment opened by the device that it is for, from the text to the fields.
final class OpenedChallenges: Workload {
    let name = "ScanSeal.open"
    private let sealed: SealedPictures
    private let text: String

    init() throws {
        sealed = try SealedPictures()
        text = try sealed.example()
    }

    func run(_ count: Int) throws {
        for _ in 0..<count { keep(try sealed.open(text)) }
    }
}
