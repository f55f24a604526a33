import java.util.Currency;

/** Says how many decimals Java's own table gives to each currency that is named: `EUR 2`, or `UYW unknown`. */
class CurrencyJudge {
    public static void main(String[] codes) {
        for (String code : codes) {
            String digits;
            try {
                digits = Integer.toString(Currency.getInstance(code).getDefaultFractionDigits());
            } catch (IllegalArgumentException unknown) {
                digits = "unknown";
            }
            System.out.println(code + " " + digits);
        }
    }
}
