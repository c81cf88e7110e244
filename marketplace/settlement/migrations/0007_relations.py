from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('settlement', '0006_needs_review'),
    ]

    operations = [
        migrations.AddField(
            model_name='contract',
            name='relation',
            field=models.CharField(blank=True, db_default='', default='', max_length=11),
        ),
        migrations.AddField(
            model_name='traderecord',
            name='relation',
            field=models.CharField(blank=True, db_default='', default='', help_text='how the parties are not strangers; such trades enter no statistics', max_length=11),
        ),
    ]
