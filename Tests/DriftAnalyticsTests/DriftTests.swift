import DriftAnalytics
import Foundation
import Testing

@Suite struct ChiSquareTests {
    /// Reference: SciPy 1.x, `scipy.stats.chi2.sf`.
    @Test(arguments: [
        (0.5, 1, 0.47950012218695337), (3.841458820694124, 1, 0.05), (20, 5, 0.0012497305630313773),
        (100, 10, 5.4497019829205215e-17), (1e-6, 3, 0.9999999997340385), (250, 8, 1.722791179945701e-49),
        (11.9572, 3, 0.007531222559888126),
    ])
    func theSurvivalFunctionAgreesWithAReference(x: Double, degrees: Int, expected: Double) {
        #expect(abs(ChiSquare.survival(x, degrees: degrees) / expected - 1) < 1e-10)
    }

    /// Reference: SciPy, `scipy.stats.chi2.isf`.
    @Test(arguments: [
        (0.05, 1, 3.8414588206941285), (0.05, 5, 11.070497693516355), (0.01, 8, 20.090235029663233),
        (0.001, 3, 16.26623619623813), (0.05, 50, 67.5048065495412),
    ])
    func criticalValuesAgreeWithAReference(level: Double, degrees: Int, expected: Double) {
        #expect(abs(ChiSquare.critical(level, degrees: degrees) / expected - 1) < 1e-10)
    }

    @Test func whatComparesNothingIsNoSurprise() {
        #expect(ChiSquare.survival(0, degrees: 4) == 1)
        #expect(ChiSquare.survival(7, degrees: 0) == 1)
    }
}

@Suite struct StuartMaxwellTests {
    /// Reference: statsmodels 0.14, `SquareTable.homogeneity(method="stuart_maxwell")`. The first table is that of
    /// Stuart (1955): unaided vision of 7,477 women, 11.96 with 3 degrees of freedom.
    @Test(arguments: [
        (
            [[1520, 266, 124, 66], [234, 1512, 432, 78], [117, 362, 1772, 205], [36, 82, 179, 492]],
            11.956569622982544, 3, 0.007533425054800591
        ),
        ([[20, 10, 5], [3, 30, 15], [0, 5, 40]], 13.76470588235294, 2, 0.0010257277265580678),
        (
            [
                [300, 4, 0, 0, 0, 0], [0, 320, 5, 0, 0, 0], [0, 0, 350, 6, 0, 0], [0, 0, 0, 330, 4, 0],
                [0, 0, 0, 0, 340, 5], [0, 0, 0, 0, 0, 336],
            ], 24, 5, 0.00021711294345272414
        ),
        ([[794, 86], [150, 570]], 17.355932203389855, 1, 3.099293441044537e-05),
    ])
    func agreesWithAReference(rows: [[Int]], statistic: Double, degrees: Int, pValue: Double) {
        let test = StuartMaxwell(PairedTable(rows: rows))
        #expect(abs(test.statistic / statistic - 1) < 1e-10)
        #expect(test.degrees == degrees)
        #expect(abs(test.pValue / pValue - 1) < 1e-8)
        #expect(test.count == rows.flatMap(\.self).reduce(0, +))
    }

    @Test func segmentsThatExchangeNobodySayNothing() {
        let test = StuartMaxwell(PairedTable(rows: [[794, 86, 0], [150, 570, 0], [0, 0, 4_000]]))
        #expect(test.degrees == 1)
        #expect(abs(test.statistic - 17.355932203389855) < 1e-9)
    }

    @Test func partsThatExchangeNobodyWithEachOtherAreAddedUp() {
        let test = StuartMaxwell(
            PairedTable(rows: [[794, 86, 0, 0], [150, 570, 0, 0], [0, 0, 794, 86], [0, 0, 150, 570]]))
        #expect(test.degrees == 2)
        #expect(abs(test.statistic - 2 * 17.355932203389855) < 1e-9)
    }

    @Test func withoutAMoveThereIsNoDrift() {
        let test = StuartMaxwell(PairedTable(rows: [[5, 0], [0, 9]]))
        #expect(test.pValue == 1 && test.statistic == 0 && test.effect == 0)
    }

    @Test func theEffectIsHalfTheSumOfDifferencesOfShares() {
        let test = StuartMaxwell(PairedTable(rows: [[90, 10], [0, 100]]))
        #expect(abs(test.effect - 0.05) < 1e-15)
    }
}

@Suite struct PopulationDistanceTests {
    /// Reference: SciPy (`scipy.spatial.distance.jensenshannon`, squared) and the formula with NumPy.
    @Test func agreesWithAReference() {
        let distance = PopulationDistance(before: [100, 200, 300, 400], after: [110, 190, 330, 370])
        #expect(abs(distance.psi - 0.0066641863801398605) < 1e-15)
        #expect(abs(distance.jsd - 0.0008327619597886934) < 1e-15)
        #expect(abs(distance.psiCritical - 0.002 * 7.814727903251179) < 1e-12)
    }

    private struct Vector: Decodable {
        var name: String
        var referenceCounts: [Int]
        var currentCounts: [Int]
        var psiFloor: Double
        var totalVariation: Double
        var jensenShannonDistance: Double

        enum CodingKeys: String, CodingKey {
            case name
            case referenceCounts = "reference_counts"
            case currentCounts = "current_counts"
            case psiFloor = "psi_floor_0_0001"
            case totalVariation = "total_variation"
            case jensenShannonDistance = "jensen_shannon_distance_natural_log_no_floor"
        }
    }

    /// Published figures of another library, where they lie beside the repository.
    @Test func agreesWithPublishedVectors() throws {
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = package.deletingLastPathComponent().appending(path: "shared/data/drift-vectors/drift_vectors.json")
        guard let data = try? Data(contentsOf: file) else {
            print("no drift vectors beside the repository: skipped")
            return
        }
        for vector in try JSONDecoder().decode([Vector].self, from: data) {
            let distance = PopulationDistance(before: vector.referenceCounts, after: vector.currentCounts)
            let variation = PopulationDistance.totalVariation(vector.referenceCounts, vector.currentCounts)
            #expect(abs(distance.psi - vector.psiFloor) < 1e-12, "\(vector.name)")
            #expect(abs(variation - vector.totalVariation) < 1e-12, "\(vector.name)")
            #expect(abs(distance.jsd.squareRoot() - vector.jensenShannonDistance) < 1e-8, "\(vector.name)")
        }
    }
}
