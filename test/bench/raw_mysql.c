/*
 * raw_mysql.c
 *	  What a client that only reads needs: every row of a query, unbuffered,
 *	  looked at and thrown away.
 *
 * raw_mysql SOCKET DATABASE QUERY prints the rows and bytes it saw.
 */
#include <mysql.h>
#include <stdio.h>

int
main(int argc, char **argv)
{
	MYSQL *link = mysql_init(NULL);
	MYSQL_RES *result;
	MYSQL_ROW row;
	unsigned long rows = 0,
				  bytes = 0;

	if (argc != 4 || !mysql_real_connect(link, NULL, "root", NULL, argv[2], 0, argv[1], 0) ||
		mysql_set_character_set(link, "utf8mb4") || mysql_query(link, argv[3]) ||
		(result = mysql_use_result(link)) == NULL)
	{
		fprintf(stderr, "%s\n",
				argc == 4 ? mysql_error(link) : "usage: raw_mysql SOCKET DATABASE QUERY");
		return 1;
	}
	while ((row = mysql_fetch_row(result)) != NULL)
	{
		unsigned long *lengths = mysql_fetch_lengths(result);

		rows++;
		for (unsigned int i = 0; i < mysql_num_fields(result); i++)
			bytes += lengths[i];
	}
	if (mysql_errno(link))
	{
		fprintf(stderr, "%s\n", mysql_error(link));
		return 1;
	}
	printf("%lu rows, %lu bytes\n", rows, bytes);
	return 0;
}
