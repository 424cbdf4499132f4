/** What the list of the package lacks: the passwords of other languages and of recent years, in lower case. */
const OURS = `
  password1! password123! p@ssword p@ssw0rd1 p@ssw0rd! contraseña wachtwoord1 0123456789 0987654321
  9876543210 987654321 87654321 111111111 1111111111 00000000 000000000 0000000000 22222222 33333333
  44444444 55555555 66666666 77777777 88888888 99999999 12341234 123123123 12121212 13131313 zaq1zaq1
  aa12345678 abcdefgh abcdefghi asdasdasd zxcvbnm, qwerqwer qweqweqwe qwertz123 qwertzuiop loveme123
  princess123 minecraft1 welcome1! letmein! changeme123 admin1234 admin12345 admin123456 adminadmin
  root1234 rootroot toor1234 test12345 test123456 tester123 guest123 guestguest user1234 cheese123
  butterfly2 summer123 winter123 autumn123 spring123 summer2024 summer2025 summer2026 winter2024 winter2025
  winter2026 mypassword1 yourpassword q1q1q1q1 123password pass12345 facebook1 youtube1 linkedin linkedin1
  instagram purple123 orange123 yellow123 tigger123 bailey123
`;

let list: ReadonlySet<string> | undefined;

/** Loaded when somebody chooses a password for the first time: it takes some megabytes. */
function commonPasswords(): ReadonlySet<string> {
  const { dictionary }: typeof import('@zxcvbn-ts/language-common') = require('@zxcvbn-ts/language-common');
  return new Set([...dictionary['passwords-common'], ...OURS.trim().split(/\s+/)]);
}

/** Whether it is one of the passwords that anybody tries first, in whatever case (OWASP ASVS 5.0, 6.2.4). */
export const isCommon = (password: string): boolean =>
  (list ??= commonPasswords()).has(password.toLowerCase());
