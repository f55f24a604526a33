import ArgumentParser
import DeviceProtocol
import Foundation
import Verification

/// `tessera device`: devices of customers, from the order to the end.
struct DeviceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "device", abstract: "Order, activate, suspend and end devices of customers.",
        discussion: """
            Docs/Enrolment.md shows a device's life as one table. Attached readers and
            cards are listed by "tessera devices".

            \(StoreOptions.besides)

            Examples:
              tessera device products
              tessera device order stick --for alice --store b --identification branch
              tessera device suspend TOKEN-1 --by person --store bank.sqlite
            """,
        subcommands: [
            DeviceProducts.self, DeviceOrder.self, DeviceRegister.self, DeviceActivate.self, DeviceCancel.self, DeviceShow.self,
            DeviceList.self, DeviceSuspend.self, DeviceResume.self, DeviceHelpdeskCode.self, DeviceReactivate.self, DeviceRevoke.self,
            DeviceRenew.self, DeviceRename.self, DeviceIdentify.self, DeviceLink.self, DeviceResynchronise.self, DeviceReset.self,
            DeviceImport.self,
        ])
}

/// `tessera device products`.
struct DeviceProducts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "products", abstract: "List the products, what is known of each, and how well.",
        discussion: """
            stated: the bank or the law says so; published: a public source does;
            inferred: nobody has said so.

            Examples:
              tessera device products
              tessera device products --json
            """)

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let products = ProductProfile.all.map(Product.init)
        try output.print(products) {
            products.map { product in
                var table = Table(header: ["about", "known", "how well"])
                table.rows = product.facts.map { [$0.about, $0.known, $0.confidence] }
                return "\(product.product): \(product.steps.joined(separator: ", "))\n\(table.text)"
            }.joined(separator: "\n\n")
        }
    }

    private struct Product: Encodable {
        let product: String
        let kind: String
        let limitPerSubscriber: Int?
        let activationDays: Int
        let validityYears: Int
        let endOfLife: Date?
        let showsSecretImage: Bool
        let steps: [String]
        let facts: [Fact]

        init(_ profile: ProductProfile) {
            product = profile.id.rawValue
            kind = profile.kind.rawValue
            limitPerSubscriber = profile.limitPerSubscriber
            activationDays = profile.activationDays
            validityYears = profile.validityYears
            endOfLife = profile.endOfLife
            showsSecretImage = profile.showsSecretImage
            steps = profile.activation.map(\.rawValue)
            facts = profile.facts.map(Fact.init)
        }
    }

    private struct Fact: Encodable {
        let about: String
        let known: String
        let confidence: String
        let source: String

        init(_ fact: ProductFact) {
            about = fact.topic
            known = fact.value
            confidence = fact.confidence.rawValue
            source = fact.source
        }
    }
}
